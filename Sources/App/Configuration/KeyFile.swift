import FoundationEssentials
import Glibc

/// Secrets that Laurel makes for itself in development and keeps under the data folder, readable
/// by its own user only.
struct KeyFile {
  /// A secret could not be read or made; the sentence names the file.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let path: String

  init(dataDirectory: String, name: String) {
    path = "\(dataDirectory)/\(name)"
  }

  /// The secret in the file; a new one of 32 random bytes in base64 when there is no file yet.
  ///
  /// The file appears whole or not at all, and the first of several starting processes wins, so
  /// that all of them use the same secret.
  func value() throws(Failure) -> String {
    if let existing = read() { return existing }
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    let secret = Data(bytes).base64EncodedString()
    let draft = "\(path).\(getpid())"
    try write(secret, to: draft)
    defer { _ = unsafe unlink(draft) }
    if unsafe link(draft, path) != 0 && errno != EEXIST {
      throw Failure(description: "the key file \(path) cannot be made (\(errno))")
    }
    guard let kept = read() else {
      throw Failure(description: "the key file \(path) cannot be read")
    }
    return kept
  }

  private func read() -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }

  private func write(_ secret: String, to draft: String) throws(Failure) {
    let made = FileManager.default.createFile(
      atPath: draft, contents: Data(secret.utf8), attributes: [.posixPermissions: 0o600])
    guard made else {
      throw Failure(description: "the key file \(draft) cannot be written")
    }
  }
}
