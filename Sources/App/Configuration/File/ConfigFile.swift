import Domain
import FoundationEssentials
import Glibc
import SystemPackage
import YAML

/// A configuration file as it was read.
struct ConfigFile: Sendable {
  /// The file's name in its folder.
  static let name = "laurel.yaml"

  /// Why a file cannot be read.
  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  /// Its path, as people are told.
  let path: String
  /// Its bytes; one more than YAML takes where it is longer.
  let bytes: [UInt8]

  /// Takes these bytes for the file's.
  init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  /// Reads a file, and of a file that is too long no more than shows that.
  /// - Parameter isPipeTaken: whether it can be a pipe.
  /// - Throws: `Unreadable`.
  init(path: String, isPipeTaken: Bool = false) throws(Unreadable) {
    do {
      bytes = try Self.bytes(at: path, atMost: YAMLDocument.maximumBytes, isPipeTaken: isPipeTaken)
      self.path = Self.shown(path)
    } catch {
      throw Unreadable(description: "the file \(path) cannot be read: \(error)")
    }
  }

  /// The bytes of a file, and of one that is longer than `limit` no more than shows that.
  ///
  /// To open a pipe waits until somebody writes to it, which would hold up the service for ever.
  /// - Parameter isPipeTaken: whether it can be something else than a file, for a command whose user
  ///   waits too.
  /// - Throws: `Errno`, `NoFile`.
  static func bytes(
    at path: String, atMost limit: Int = .max - 1, isPipeTaken: Bool = false
  ) throws -> [UInt8] {
    let file = try FileDescriptor.open(
      FilePath(path), .readOnly,
      options: isPipeTaken ? [.closeOnExec] : [.nonBlocking, .closeOnExec])
    defer { try? file.close() }
    var status = stat()
    guard unsafe fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
    guard isPipeTaken || status.st_mode & S_IFMT == S_IFREG else { throw NoFile() }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= limit {
      let count = try unsafe chunk.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    return bytes
  }

  /// There is a folder, a pipe or a device.
  struct NoFile: Error, CustomStringConvertible {
    let description = "it is no regular file"
  }

  /// A path below the working directory without that.
  static func shown(_ path: String) -> String {
    let folder = FileManager.default.currentDirectoryPath + "/"
    return path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path
  }
}
