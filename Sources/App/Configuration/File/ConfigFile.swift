import Domain
import FoundationEssentials
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
  /// - Throws: `Unreadable`.
  init(path: String) throws(Unreadable) {
    do {
      let file = try FileDescriptor.open(FilePath(path), .readOnly)
      defer { try? file.close() }
      var bytes: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: 65_536)
      while bytes.count <= YAMLDocument.maximumBytes {
        let count = try unsafe chunk.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
        guard count > 0 else { break }
        bytes += chunk[..<count]
      }
      self.bytes = bytes
      self.path = Self.shown(path)
    } catch {
      throw Unreadable(description: "the file \(path) cannot be read: \(error)")
    }
  }

  /// A path below the working directory without that.
  static func shown(_ path: String) -> String {
    let folder = FileManager.default.currentDirectoryPath + "/"
    return path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path
  }
}
