import Domain

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
  /// the shop's own statistics know where he comes from. Parameters of the address stay.
  func invitation(_ code: ReferralCode) -> String {
    let own =
      "ref=\(code)&utm_source=referral&utm_medium=invitation&utm_campaign=default"
    return "\(base)?\(query.isEmpty ? "" : "\(query)&")\(own)\(fragment)"
  }
}
