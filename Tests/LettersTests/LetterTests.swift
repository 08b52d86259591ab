import FoundationEssentials
import Letters
import MailTesting
import Testing

/// What a letter is made of, read back by a parser that knows nothing of Laurel.
@Suite struct LetterTests {
  @Test func hasTheFieldsOfALetter() async throws {
    let letter = try letter(subject: "Hello")
    checkWire(letter)
    let read = try await ReadLetter(letter.data)
    #expect(read.defects.isEmpty)
    #expect(read.from == .init(name: "Shop", address: "shop@example.com"))
    #expect(read.to == .init(name: "", address: "bob@example.com"))
    #expect(read.subject == "Hello")
    #expect(read.messageID == "<reward-1@shop.example.com>")
    #expect(read.autoSubmitted == "auto-generated")
    #expect(read.epoch == 1_795_260_166)
    #expect(read.type == "multipart/alternative")
    #expect(
      read.fields == [
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language",
        "MIME-Version", "Content-Type",
      ])
    #expect(read.parts.map(\.type) == ["text/plain", "text/html"])
    let text = String(decoding: letter.data, as: UTF8.self)
    #expect(text.contains("\r\nDate: Sat, 21 Nov 2026 11:22:46 +0000\r\n"))
  }

  @Test func theSamePartsMakeTheSameBytes() throws {
    #expect(try letter(subject: "Привет").data == letter(subject: "Привет").data)
  }

  @Test(arguments: [
    0, 951_782_400, 951_868_799, 1_709_164_800, 4_102_444_799, 1_798_761_600,
  ])
  func tellsTheDate(epoch: Int) async throws {
    let read = try await ReadLetter(letter(subject: "Date", epoch: epoch).data)
    #expect(read.defects.isEmpty)
    #expect(read.epoch == epoch)
  }

  @Test(arguments: [
    "Привет",
    "Спасибо: 10,50 EUR от магазина «Чай и пироги» и ещё много слов, которые не поместятся",
    "=?UTF-8?B?aGVsbG8=?=", "a  b", " a", "a ", "🎁 Gift 🎁🎁🎁🎁🎁🎁🎁🎁🎁🎁🎁🎁🎁🎁🎁🎁🎁",
    "e\u{301}a\u{308}", String(repeating: "word ", count: 60) + "end",
    String(repeating: "x", count: 300), String(repeating: "ж", count: 2000), "a,b;c:d\"e\\f(g)",
    String(repeating: " ", count: 100) + "x",
  ])
  func carriesAnySubjectAndName(text: String) async throws {
    let subject = try letter(subject: text)
    checkWire(subject)
    let name = try letter(subject: "Name", senderName: text)
    checkWire(name)
    let readSubject = try await ReadLetter(subject.data)
    #expect(readSubject.subject == text)
    #expect(readSubject.defects.isEmpty)
    let readName = try await ReadLetter(name.data)
    #expect(readName.from == .init(name: text, address: "shop@example.com"))
    #expect(readName.defects.isEmpty)
  }

  @Test(arguments: [
    String(repeating: "x", count: 5000), String(repeating: "й", count: 5000),
    String(repeating: "🎁", count: 1000), String(repeating: " ", count: 500),
    String(repeating: "a ", count: 300), "=3D =\n.\n..\nFrom here\n--=_laurel_part\n--\n\t",
    "tab\t\nspace \n\n\nend",
    (0...200).map { String(repeating: "=", count: $0) }
      .joined(separator: "\n"),
    (60...90).map { String(repeating: "y", count: $0) + " " }
      .joined(separator: "\n"),
  ])
  func carriesAnyText(text: String) async throws {
    let letter = try letter(subject: "Text", text: text)
    checkWire(letter)
    let read = try await ReadLetter(letter.data)
    #expect(read.defects.isEmpty)
    #expect(read.parts.map(\.text) == [text + "\n", text + "\n"])
  }

  @Test(arguments: [
    "a\r\nBcc: x@example.com", "a\nb", "a\rb", "a\0b", "a\tb", "\u{7f}", "\u{85}",
    "a\u{2028}b",
  ])
  func refusesAControlCharacterInAHeader(text: String) throws {
    let inSubject = #expect(throws: LetterError.self) { try letter(subject: text) }
    #expect(inSubject?.code == .controlCharacter)
    let inName = #expect(throws: LetterError.self) {
      try Mailbox(name: text, address: "bob@example.com")
    }
    #expect(inName?.code == .controlCharacter)
    #expect(inName?.isRetryable == false)
    #expect(inName?.description.contains("Bcc") == false)
  }

  @Test(arguments: [
    "bob@example.com\r\nBcc: x@example.com", "bob@example.com\n", "bob\0@example.com", "bob", "",
    "bob@", "@example.com", "a@b@c", "bob smith@example.com", "<bob@example.com>",
    "bob@example.com,eve@example.com", "bob..b@example.com", ".bob@example.com", "bob@.com",
    "почта@пример.рф", "\"bob\"@example.com", String(repeating: "b", count: 250) + "@example.com",
  ])
  func refusesAnAddress(address: String) {
    let error = #expect(throws: LetterError.self) { try Mailbox(address: address) }
    #expect(error?.code == .address)
    #expect(error?.description.contains("example") == false)
  }

  @Test(arguments: ["", "reward-1", "reward 1@host", "<reward-1@host>", "a@b\r\nX: y", "a@@b"])
  func refusesAMessageID(id: String) {
    let error = #expect(throws: LetterError.self) { try letter(subject: "Id", messageID: id) }
    #expect(error?.code == .messageID)
  }

  @Test func aLongAddressStaysWhole() async throws {
    let address = String(repeating: "b", count: 64) + "@" + String(repeating: "e", count: 180)
    let name = String(repeating: "n", count: 60)
    let letter = try letter(
      subject: "Long", recipient: try Mailbox(name: name, address: address))
    checkWire(letter, limit: 250)
    #expect(try await ReadLetter(letter.data).to == .init(name: name, address: address))
    #expect("\(try Mailbox(name: name, address: address))" == "Mailbox")
  }

  private func letter(
    subject: String, text: String = "Text", senderName: String = "Shop", recipient: Mailbox? = nil,
    messageID: String = "reward-1@shop.example.com", epoch: Int = 1_795_260_166
  ) throws -> Letter {
    try Letter(
      from: Mailbox(name: senderName, address: "shop@example.com"),
      to: recipient ?? Mailbox(address: "bob@example.com"),
      content: LetterTemplate.Content(subject: subject, text: text, html: text),
      language: .english, messageID: messageID,
      date: Date(timeIntervalSince1970: Double(epoch)))
  }
}
