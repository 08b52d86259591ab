import FoundationEssentials
import YAML

@testable import App

/// A folder with a configuration file of its own.
struct TermsFolder {
  let path: String

  /// The file.
  var file: String { "\(path)/laurel.yaml" }

  /// Makes the folder for the time of `body`, with the shipped list of disposable domains.
  static func with<Result>(
    _ text: String, _ body: (TermsFolder) async throws -> Result
  ) async throws -> Result {
    let folder = TermsFolder(path: "/tmp/laurel-test-terms-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      atPath: folder.path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder.path) }
    let list = FileManager.default.contents(atPath: "config/disposable-domains.txt")
    _ = FileManager.default.createFile(
      atPath: "\(folder.path)/disposable-domains.txt", contents: list)
    folder.write(text)
    return try await body(folder)
  }

  /// Puts another text in the file's place.
  func write(_ text: String) {
    _ = FileManager.default.createFile(atPath: file, contents: Data(text.utf8))
  }

  /// What is read of a file with this text, under these variables.
  static func reading(
    _ text: String, _ environment: [String: String] = [:]
  ) async throws -> TermsSource.Reading {
    try await with(text) { TermsSource(file: $0.file, environment: environment).read() }
  }

  /// The faults of such a file as `line:column: sentence`.
  static func faults(_ text: String) async throws -> [String] {
    try await reading(text).fileFaults.map {
      "\($0.place.line):\($0.place.column): \($0.message)"
    }
  }
}
