import Domain
import Web

/// Reads where the shop is, which pages may ask Laurel, and how often.
struct StorefrontReader {
  /// Whether what is unsafe stops the start.
  let isStrict: Bool
  /// Laurel's own address, without a slash at its end.
  let publicURL: String?

  /// The settings of the environment.
  func settings(_ reader: inout EnvironmentReader) -> StorefrontSettings {
    var settings = StorefrontSettings(
      limit: .init(
        perMinute: reader.number("LAUREL_STOREFRONT_CLIENT_LIMIT", in: 1...60_000, standard: 60),
        perSecond: reader.number("LAUREL_STOREFRONT_LIMIT", in: 1...100_000, standard: 200)),
      publicURL: publicURL)
    readShops(&reader, into: &settings)
    settings.origins = origins(&reader)
    settings.proxies = proxies(&reader)
    return settings
  }

  /// An entry is an address, or a store's host, "=" and the address of its shop.
  private func readShops(
    _ reader: inout EnvironmentReader, into settings: inout StorefrontSettings
  ) {
    let name = "LAUREL_STOREFRONT_URL"
    for entry in reader.list(name) {
      let isPlain = entry.hasPrefix("http://") || entry.hasPrefix("https://")
      let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
      guard let shop = ShopAddress(isPlain ? entry : parts.last ?? ""), isPlain || parts.count == 2
      else {
        reader.fault(
          "\(name): \(entry) is no address such as https://shop.example.com/, and no store's host "
            + "with one, such as api.example.com=https://shop.example.com/")
        continue
      }
      if isStrict && !shop.isSecure {
        reader.fault("\(name): \(entry) must be https in production")
      }
      if isPlain {
        if settings.shop != nil { reader.fault("\(name) has two addresses for the same stores") }
        settings.shop = shop
      } else {
        settings.shops[parts[0].trimmingSpace().lowercased()] = shop
      }
    }
  }

  private func origins(_ reader: inout EnvironmentReader) -> Set<String> {
    let name = "LAUREL_STOREFRONT_ORIGINS"
    return Set(
      reader.list(name).filter { entry in
        // As browsers write it: lower case, no path, no standard port (RFC 6454, section 6.2).
        guard let address = StoreAddress(entry), address.origin == entry,
          !entry.contains("*")
        else {
          reader.fault(
            "\(name): \(entry) is no origin such as https://shop.example.com; there are no "
              + "wildcards")
          return false
        }
        if isStrict && address.scheme != "https" && !address.isLoopback {
          reader.fault("\(name): \(entry) must be https in production")
        }
        return true
      })
  }

  private func proxies(_ reader: inout EnvironmentReader) -> TrustedProxies {
    let name = "LAUREL_TRUSTED_PROXIES"
    return TrustedProxies(
      reader.list(name).compactMap { entry in
        let network = TrustedProxies.Network(entry)
        if network == nil {
          reader.fault("\(name): \(entry) is no address such as 10.0.0.1 or 10.0.0.0/8")
        }
        return network
      })
  }
}
