package import FoundationEssentials

/// A letter as it goes over the wire: header and body in text and HTML (RFC 5322, 2045, 2046), all
/// in ASCII, every line ended by CRLF. The same parts make the same bytes.
package struct Letter: Sendable {
  /// The whole letter.
  package let data: [UInt8]

  /// Composes a letter.
  /// - Parameters:
  ///   - messageID: `<reward-id>@<host>`, without the angle brackets; the same for every attempt, so
  ///     that a letter that arrives twice can be known as one.
  ///   - date: when the letter is written.
  /// - Throws: `LetterError`: `controlCharacter` for one in the subject, `messageID` for one that is
  ///   not `left@right`.
  package init(
    from sender: Mailbox, to recipient: Mailbox, content: LetterTemplate.Content,
    language: LetterLanguage, messageID: String, date: Date
  ) throws(LetterError) {
    try HeaderText.check(content.subject, field: "subject")
    guard HeaderText.isDotAtomPair(messageID), messageID.utf8.count <= 250 else {
      throw LetterError(.messageID, "a message id is not left@right in plain ASCII")
    }
    let header = [
      sender.field("From"), recipient.field("To"), HeaderText.field("Subject", content.subject),
      "Date: \(Self.dateText(date))", "Message-ID: <\(messageID)>",
      "Auto-Submitted: auto-generated",  // So that no machine answers it (RFC 3834).
      "Content-Language: \(language.rawValue)", "MIME-Version: 1.0",
      "Content-Type: multipart/alternative; boundary=\"\(Self.boundary)\"",
    ]
    let body = [
      "--\(Self.boundary)", Self.part("plain", content.text), "--\(Self.boundary)",
      Self.part("html", content.html), "--\(Self.boundary)--", "",
    ]
    data = Array((header + [""] + body).joined(separator: "\r\n").utf8)
  }

  // `=_` comes from no quoted-printable text, so no part can hold the boundary.
  private static let boundary = "=_laurel_part"

  private static func part(_ subtype: String, _ text: String) -> String {
    """
    Content-Type: text/\(subtype); charset=utf-8\r
    Content-Transfer-Encoding: quoted-printable\r
    \r
    \(QuotedPrintable.encode(text))
    """
  }

  // RFC 5322, section 3.3, in UTC.
  private static func dateText(_ date: Date) -> String {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let parts = calendar.dateComponents(
      [.year, .month, .day, .hour, .minute, .second, .weekday], from: date)
    func two(_ number: Int?) -> String {
      let digits = String(number ?? 0)
      return digits.utf8.count == 1 ? "0\(digits)" : digits
    }
    let weekday = weekdays[((parts.weekday ?? 1) - 1) % 7]
    let month = months[((parts.month ?? 1) - 1) % 12]
    return "\(weekday), \(parts.day ?? 1) \(month) \(parts.year ?? 1970) "
      + "\(two(parts.hour)):\(two(parts.minute)):\(two(parts.second)) +0000"
  }

  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}
