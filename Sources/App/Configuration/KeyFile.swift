import Domain
import FoundationEssentials
import Glibc

/// Secrets that Laurel makes for itself in development and keeps under the data folder, readable
/// by its own user only.
struct KeyFile {
  /// A secret could not be read or made; the sentence names the file.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let folder: String
  private let path: String

  init(dataDirectory: String, name: String) {
    folder = dataDirectory
    path = "\(dataDirectory)/\(name)"
  }

  /// The secret in the file; a new one of 32 random bytes in base64 when there is no file yet.
  ///
  /// The file appears whole or not at all, and the first of several starting processes wins, so
  /// that all of them use the same secret.
  func value() throws(Failure) -> String {
    if let existing = try read() { return existing }
    try makeFolder()
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    let secret = Data(bytes).base64EncodedString()
    let draft = "\(path).\(getpid())"
    try write(secret, to: draft)
    defer { _ = unsafe unlink(draft) }
    if unsafe link(draft, path) != 0 && errno != EEXIST {
      throw Failure(description: "the key file \(path) cannot be made (\(errno))")
    }
    guard let kept = try read() else {
      throw Failure(description: "the key file \(path) cannot be read")
    }
    return kept
  }

  /// The secret in the file, when there is one. A file that a crash or a hand has cut short is
  /// refused: an empty key would be anybody's.
  func read() throws(Failure) -> String? {
    guard let content = FileManager.default.contents(atPath: path) else { return nil }
    let secret = String(decoding: content, as: UTF8.self).trimmingSpace()
    guard Data(base64Encoded: secret)?.count == 32 else {
      throw Failure(
        description: "the key file \(path) does not hold 32 bytes in base64; restore it, or "
          + "remove it if nothing depends on it")
    }
    return secret
  }

  private func makeFolder() throws(Failure) {
    do {
      if FileManager.default.fileExists(atPath: folder) { return }
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw Failure(description: "the data folder \(folder) cannot be made: \(error)")
    }
  }

  private func write(_ secret: String, to draft: String) throws(Failure) {
    let made = FileManager.default.createFile(
      atPath: draft, contents: Data(secret.utf8), attributes: [.posixPermissions: 0o600])
    guard made else {
      throw Failure(description: "the key file \(draft) cannot be written")
    }
    let descriptor = unsafe open(draft, O_RDONLY)
    guard descriptor >= 0, fsync(descriptor) == 0, close(descriptor) == 0 else {
      throw Failure(description: "the key file \(draft) cannot be written to the disk")
    }
  }
}
