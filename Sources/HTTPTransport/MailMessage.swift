/// One mail to one recipient, ready to go out. It is checked by `MailTransport.send` before anything
/// is started.
package struct MailMessage: Sendable {
  /// The address that bounces go to.
  package let sender: String
  /// The address that the mail goes to.
  package let recipient: String
  /// Header and body (RFC 5322): 7-bit, lines of at most 998 bytes that end in CRLF, the last one
  /// too. Dots at the start of lines stand as they are; libcurl doubles them on the wire.
  package let data: [UInt8]

  /// Puts a mail together.
  package init(sender: String, recipient: String, data: [UInt8]) {
    self.sender = sender
    self.recipient = recipient
    self.data = data
  }

  /// Checks what the wire cannot carry or would read as something else.
  /// - Throws: `MailError` with `invalidMail`.
  func check() throws(MailError) {
    try Self.checkAddress(sender, of: "sender")
    try Self.checkAddress(recipient, of: "recipient")
    try checkData()
  }

  // A line break would be the next SMTP command, an angle bracket the end of the address.
  private static func checkAddress(_ address: String, of whom: String) throws(MailError) {
    let parts = address.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), address.utf8.count <= 254 else {
      throw MailError(.invalidMail, "the \(whom)'s address is not one name, @ and domain")
    }
    guard address.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f && !Self.brackets.contains($0) }) else {
      throw MailError(
        .invalidMail, "the \(whom)'s address has white space, a control character or a bracket")
    }
  }

  private static let brackets = Array("<>".utf8)

  // A line end other than CRLF lets two servers disagree about where a mail ends.
  private func checkData() throws(MailError) {
    var lineLength = 0
    var previous: UInt8 = 0
    for byte in data {
      switch byte {
      case 0x0a where previous == 0x0d: lineLength = 0
      case _ where byte == 0x0a || previous == 0x0d:
        throw MailError(.invalidMail, "the mail has a line end other than CRLF")
      case 0x0d: break
      case 0x01...0x7f:
        lineLength += 1
        guard lineLength <= 998 else {
          throw MailError(.invalidMail, "the mail has a line of more than 998 bytes")
        }
      default: throw MailError(.invalidMail, "the mail has a byte that is NUL or not 7-bit")
      }
      previous = byte
    }
    guard previous == 0x0a else {
      throw MailError(.invalidMail, "the mail does not end with CRLF")
    }
  }
}

extension MailMessage: CustomStringConvertible, CustomReflectable {
  /// The size only: addresses are personal data, and the body holds a code that is money.
  package var description: String { "MailMessage(\(data.count) bytes)" }
  /// A mirror without children, for the same reason.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
