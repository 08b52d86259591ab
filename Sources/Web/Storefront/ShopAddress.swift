import Domain
import Signing

/// Where a shop's visitors are to land: the address of its storefront.
package struct ShopAddress: Sendable, Equatable {
  /// The address as it was given; with a slash behind the host where there was no path.
  package let text: String
  private let base: String
  private let query: String
  private let fragment: String

  /// Accepts an http or https address with a host, without a user; a query and a fragment are kept.
  package init?(_ text: String) {
    let text = text.trimmingSpace()
    let mark = text.firstIndex(of: "#") ?? text.endIndex
    let question = text[..<mark].firstIndex(of: "?") ?? mark
    var base = String(text[..<question])
    // What makes a store's address good makes this one good.
    guard let address = StoreAddress(base),
      text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }),
      !text.contains(where: { "\"<>\\".contains($0) })
    else { return nil }
    if base.utf8.filter({ $0 == UInt8(ascii: "/") }).count == 2 { base += "/" }
    isSecure = address.scheme == "https" || address.isLoopback
    self.base = base
    query = String(text[question..<mark].dropFirst())
    fragment = String(text[mark...])
    self.text = base + text[question...]
  }

  /// Whether nobody on the way can read or change what visitors see.
  package let isSecure: Bool

  /// The address for a friend who was invited with `code`: the code as `ref`, and the marks by which
  /// the shop's own statistics know where he comes from, of `campaign` or of the programme without a
  /// name. Parameters of the address stay.
  func invitation(_ code: ReferralCode, campaign: Campaign? = nil) -> String {
    let marks =
      campaign.map {
        ($0.linkMarks.source, $0.linkMarks.medium, $0.linkMarks.campaign ?? $0.id)
      } ?? ("referral", "invitation", Campaign.standardID)
    let own =
      "ref=\(code)&utm_source=\(Self.encoded(marks.0))&utm_medium=\(Self.encoded(marks.1))"
      + "&utm_campaign=\(Self.encoded(marks.2))"
    return "\(base)?\(query.isEmpty ? "" : "\(query)&")\(own)\(fragment)"
  }

  /// A value for a query: every byte that is not unreserved (RFC 3986, section 2.3) in hexadecimal.
  private static func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      let scalar = Unicode.Scalar(byte)
      let isUnreserved =
        byte < 0x80 && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
        || "-._~".unicodeScalars.contains(scalar)
      return isUnreserved ? String(scalar) : "%\(Hex.encode([byte]).uppercased())"
    }.joined()
  }
}
