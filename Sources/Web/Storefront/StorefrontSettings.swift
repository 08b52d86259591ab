import Domain

/// What a storefront's routes are set to.
package struct StorefrontSettings: Sendable {
  /// The address of the shop for those stores that have none of their own; `nil` without one.
  package var shop: ShopAddress?
  /// The shops of single stores, by the store's host, with its port where that is not the usual one.
  package var shops: [String: ShopAddress]
  /// The origins of the storefronts whose pages may ask (RFC 6454), as browsers write them.
  package var origins: Set<String>
  /// Who is believed about his clients' addresses.
  package var proxies: TrustedProxies
  /// How often codes can be asked about.
  package var limit: QuestionLimit.Settings
  /// Laurel's own address as customers reach it, without a slash at its end; `nil` while there is
  /// none, and then nobody is told a link.
  package var publicURL: String?

  /// Puts settings together.
  package init(
    shop: ShopAddress? = nil, shops: [String: ShopAddress] = [:], origins: Set<String> = [],
    proxies: TrustedProxies = TrustedProxies([]), limit: QuestionLimit.Settings,
    publicURL: String? = nil
  ) {
    self.shop = shop
    self.shops = shops
    self.origins = origins
    self.proxies = proxies
    self.limit = limit
    self.publicURL = publicURL
  }

  /// Where visitors of a store's shop land; `nil` where nobody has said it.
  func shop(of store: StoreAddress?) -> ShopAddress? {
    store.flatMap { shops[$0.authority] ?? shops[$0.host] } ?? shop
  }
}

extension StoreAddress {
  /// The host, with its port where that is not the scheme's own.
  var authority: String { String(origin.dropFirst(scheme.utf8.count + 3)) }
}
