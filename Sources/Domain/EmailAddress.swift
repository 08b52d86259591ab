/// A customer's e-mail address, compared without regard to case.
///
/// The store keeps a guest's address as he typed it ("BOB.ref@example.com") and a registered
/// customer's in lower case (FACTS on orders), so only the lower-case form may be compared.
package struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
  /// The address in lower case, without space around it.
  package let normalized: String

  /// Accepts one `@` with text on both sides, 254 bytes at most (RFC 5321), and no white space or
  /// control characters; `nil` otherwise.
  package init?(_ text: String) {
    let address = text.trimmingSpace().lowercased()
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), address.utf8.count <= 254,
      address.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
    else { return nil }
    normalized = address
  }

  /// The mailbox that the address reaches, so that one person's spellings are one: without a
  /// `+tag`, and for Gmail without dots and under one of its two domain names.
  package var mailbox: String {
    guard let at = normalized.firstIndex(of: "@") else { return normalized }
    var local = normalized[..<at].prefix { $0 != "+" }
    // An address that begins with "+" has no name before its tag.
    if local.isEmpty { local = normalized[..<at] }
    let domain = normalized[normalized.index(after: at)...]
    guard domain == "gmail.com" || domain == "googlemail.com" else { return "\(local)@\(domain)" }
    return "\(local.filter { $0 != "." })@gmail.com"
  }

  /// The address as logs and reasons may show it: "b***@example.com".
  package var masked: String {
    guard let at = normalized.firstIndex(of: "@") else { return "***" }
    return normalized.prefix(1) + "***" + normalized[at...]
  }

  /// Masked, so that no log line can show an address by accident.
  /// What stands after the "@", in lower case.
  package var domain: String {
    normalized.split(separator: "@").last.map(String.init) ?? ""
  }

  package var description: String { masked }
}
