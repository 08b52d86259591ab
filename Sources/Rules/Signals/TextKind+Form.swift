import Domain

/// How texts of each kind are written in one form, so that equal ones are equal texts.
extension TextKind {
  /// The form in which a fact is compared. Facts are what the ledger and the store hold already:
  /// mailboxes, slugs, ids; only their case can differ.
  func form(of fact: String) -> String {
    switch self {
    case .user, .channel, .network: fact
    case .address, .domain: Self.isPlain(fact, without: 0x41...0x5A) ? fact : fact.lowercased()
    case .code, .country: Self.isPlain(fact, without: 0x61...0x7A) ? fact : fact.uppercased()
    }
  }

  /// Whether a text is ASCII without these letters, so that changing their case changes nothing.
  private static func isPlain(_ text: String, without letters: ClosedRange<UInt8>) -> Bool {
    text.utf8.allSatisfy { $0 < 0x80 && !letters.contains($0) }
  }

  /// The form in which an entry of a list, or a text in a condition, is compared; `nil` for what is
  /// not of this kind. A network is left as it is.
  package func form(ofEntry entry: String) -> String? {
    let text = entry.trimmingSpace()
    switch self {
    case .channel: return text.isEmpty || text.contains(where: \.isWhitespace) ? nil : text
    // Base64; a comma stands between two of them.
    case .user: return text.isEmpty || text.contains { $0.isWhitespace || $0 == "," } ? nil : text
    case .address: return EmailAddress(text)?.mailbox
    case .domain: return Self.isDomain(text) ? text.lowercased() : nil
    case .network: return IPNetwork(text) == nil ? nil : text
    case .code: return ReferralCode(typed: text)?.value
    case .country:
      let isCountry = text.utf8.count == 2 && text.allSatisfy { $0.isASCII && $0.isLetter }
      return isCountry ? text.uppercased() : nil
    }
  }

  /// What such a text is, with an example.
  package var description: String {
    switch self {
    case .user: "a customer's id"
    case .address: "an e-mail address"
    case .domain: "a domain such as example.com"
    case .network: "an IP address or network such as 192.0.2.0/24"
    case .code: "a referral code"
    case .country: "a country of two letters such as DE"
    case .channel: "a channel's slug"
    }
  }

  /// Labels of letters, digits and hyphens with points between them; international names in either
  /// form, as mail servers take both.
  private static func isDomain(_ text: String) -> Bool {
    (1...253).contains(text.utf8.count)
      && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
        (1...63).contains(label.utf8.count)
          && label.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || $0.properties.numericType == .decimal || $0 == "-"
              || $0 == "_"
          }
      }
  }
}
