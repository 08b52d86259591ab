/// Who a letter is from or to: an address, and how its owner is called.
package struct Mailbox: Sendable {
  /// The owner's name, shown beside the address; nil or empty shows the address alone.
  package let name: String?
  /// `name@domain` in ASCII.
  package let address: String

  /// Takes what can stand in a header.
  /// - Throws: `LetterError`: `address` for one that is not `name@domain` in plain ASCII (RFC 5322,
  ///   section 3.4.1, without quotes and comments) of at most 254 bytes; `controlCharacter` for a
  ///   name with a line break or another control character.
  package init(name: String? = nil, address: String) throws(LetterError) {
    guard HeaderText.isDotAtomPair(address), address.utf8.count <= 254 else {
      throw LetterError(.address, "an address is not name@domain in plain ASCII")
    }
    if let name { try HeaderText.check(name, field: "name") }
    self.name = name
    self.address = address
  }

  /// What stands behind the @.
  package var domain: String { String(address.drop { $0 != "@" }.dropFirst()) }

  /// The header field with this mailbox, folded.
  func field(_ fieldName: String) -> String {
    guard let name, !name.isEmpty else { return "\(fieldName): \(address)" }
    // A quoted string (RFC 5322, section 3.2.4) where that is possible and short.
    if HeaderText.isPrintable(name), name.utf8.count <= 60, !name.contains("=?") {
      let quoted = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      let start = "\(fieldName): \"\(quoted)\""
      let gap = start.utf8.count + address.utf8.count + 3 <= 78 ? " " : "\r\n "
      return "\(start)\(gap)<\(address)>"
    }
    return "\(fieldName): \(HeaderText.encoded(name, after: fieldName.utf8.count + 2))"
      + "\r\n <\(address)>"
  }
}

extension Mailbox: CustomStringConvertible, CustomReflectable {
  /// Nothing of it: name and address are personal data.
  package var description: String { "Mailbox" }
  /// A mirror without children, for the same reason.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
