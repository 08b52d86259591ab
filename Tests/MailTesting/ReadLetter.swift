import FoundationEssentials
import Subprocess
import SystemPackage

/// A letter as Python's mail parser understands it.
package struct ReadLetter: Decodable, Sendable {
  /// A name and an address.
  package struct Box: Decodable, Equatable, Sendable {
    /// The name; empty for none.
    package let name: String
    /// The address.
    package let address: String

    /// Puts both together.
    package init(name: String, address: String) {
      self.name = name
      self.address = address
    }
  }

  /// One of the letter's forms.
  package struct Part: Decodable, Equatable, Sendable {
    /// Such as `text/plain`.
    package let type: String
    /// Such as `utf-8`.
    package let charset: String
    /// What the reader sees, lines ended by LF.
    package let text: String

    /// Puts a form together.
    package init(type: String, charset: String, text: String) {
      self.type = type
      self.charset = charset
      self.text = text
    }
  }

  /// Who it is from.
  package let from: Box
  /// Who it is to.
  package let to: Box
  /// Its subject.
  package let subject: String
  /// Its Message-ID, angle brackets included.
  package let messageID: String
  /// What stands under Auto-Submitted.
  package let autoSubmitted: String
  /// What stands under Content-Language.
  package let language: String
  /// Its date, in seconds since 1970.
  package let epoch: Int
  /// The type of the whole.
  package let type: String
  /// The names of all header fields.
  package let fields: [String]
  /// Its forms.
  package let parts: [Part]
  /// What the parser holds for wrong.
  package let defects: [String]

  /// Reads a letter.
  package init(_ data: [UInt8]) async throws {
    let result = try await run(
      .path("/usr/bin/python3"), arguments: [MailServer.script("read-letter.py")],
      input: .array(data), output: .string(limit: 1 << 24), error: .combinedWithOutput)
    guard result.terminationStatus.isSuccess else {
      throw MailServer.Failure(description: "no letter: \(result.standardOutput)")
    }
    self = try JSONDecoder().decode(Self.self, from: Data(result.standardOutput.utf8))
  }
}
