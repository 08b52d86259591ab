import FoundationEssentials
import Letters
import Testing

/// Template files that are missing or wrong are named, all at once.
@Suite struct TemplateTests {
  @Test func namesEveryMissingFile() throws {
    try withFolder([:]) { folder in
      let error = try fault(folder)
      #expect(error.message.split(separator: "\n").count == 6)
      for name in ["en.subject", "en.txt", "en.html", "ru.subject", "ru.txt", "ru.html"] {
        #expect(error.message.contains("\(folder)/reward.\(name): the file is missing"))
      }
    }
  }

  @Test func namesOneMissingFileAndEveryFaultBesideIt() throws {
    try withFolder([
      "en.subject": "Hello\nthere", "en.txt": "{{colour}} {{Amount}} {{#size}}x{{/size}} {{}}",
      "en.html": "{{#name}}{{name}}", "ru.subject": "\n", "ru.txt": "{{name}} {{/expiry}} {{code",
    ]) { folder in
      let message = try fault(folder).message
      let expected = [
        "en.subject: more than one line",
        "en.txt: an unknown placeholder {{colour}}", "en.txt: an unknown placeholder {{Amount}}",
        "en.txt: an unknown placeholder {{#size}}", "en.txt: an unknown placeholder {{/size}}",
        "en.txt: an unknown placeholder {{}}", "en.html: a {{#name}} without its {{/name}}",
        "ru.subject: the file is empty",
        "ru.txt: a {{name}} outside {{#name}}…{{/name}}; not every reward has one",
        "ru.txt: a {{/expiry}} without its {{#expiry}}", "ru.txt: a {{ without its }}",
        "ru.html: the file is missing or cannot be read",
      ]
      #expect(
        message.split(separator: "\n").map(String.init)
          == expected.map { "\(folder)/reward.\($0)" })
    }
  }

  @Test func refusesSectionsInSections() throws {
    var files = Self.good
    files["en.txt"] = "{{#name}}{{#expiry}}{{/expiry}}{{/name}}"
    try withFolder(files) { folder in
      let message = try fault(folder).message
      #expect(message.contains("a {{#expiry}} inside {{#name}}"))
    }
  }

  @Test func refusesWhatIsNotUTF8() throws {
    try withFolder(Self.good) { folder in
      let path = "\(folder)/reward.en.txt"
      try #require(FileManager.default.createFile(atPath: path, contents: Data([0x41, 0xff])))
      let error = try fault(folder)
      #expect(error.message == "\(path): the file is not UTF-8")
      #expect(!error.isRetryable)
    }
  }

  @Test func readsGoodFiles() throws {
    try withFolder(Self.good) { folder in
      _ = try LetterTemplate(.reward, folder: folder)
    }
  }

  private static let good = [
    "en.subject": "{{amount}}\n", "en.txt": "{{code}}", "en.html": "{{code}}",
    "ru.subject": "{{amount}}", "ru.txt": "{{code}}\r\n", "ru.html": "{{shop}}",
  ]

  private func fault(_ folder: String) throws -> LetterError {
    let error = #expect(throws: LetterError.self) {
      try LetterTemplate(.reward, folder: folder)
    }
    let found = try #require(error)
    #expect(found.code == .templates)
    return found
  }

  private func withFolder(
    _ files: [String: String], _ body: (String) throws -> Void
  ) throws {
    let folder = "/tmp/laurel-test-letters-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, text) in files {
      let path = "\(folder)/reward.\(name)"
      try #require(FileManager.default.createFile(atPath: path, contents: Data(text.utf8)))
    }
    try body(folder)
  }
}
