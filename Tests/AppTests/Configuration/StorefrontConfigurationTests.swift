import App
import Testing
import Web

/// What the environment says of storefronts.
@Suite struct StorefrontConfigurationTests {
  private static func configuration(
    _ variables: [String: String]
  ) throws(ConfigurationError) -> Configuration {
    try Configuration(environment: variables)
  }

  @Test func whatIsLeftOutIsClosed() throws {
    let settings = try Self.configuration([:]).storefront
    #expect(settings.shop == nil && settings.shops.isEmpty && settings.origins.isEmpty)
    #expect(settings.limit.perMinute == 60 && settings.limit.perSecond == 200)
  }

  @Test func shopsOriginsAndProxiesAreRead() throws {
    let settings = try Self.configuration([
      "LAUREL_STOREFRONT_URL":
        "https://shop.example.com/?a=b, API.example.com=https://other.example.com/x",
      "LAUREL_STOREFRONT_ORIGINS": "https://shop.example.com,http://localhost:3000",
      "LAUREL_TRUSTED_PROXIES": "10.0.0.0/8, ::1",
      "LAUREL_STOREFRONT_CLIENT_LIMIT": "10", "LAUREL_STOREFRONT_LIMIT": "20",
      "LAUREL_PUBLIC_URL": "https://laurel.example.com/",
    ]).storefront
    #expect(settings.shop?.text == "https://shop.example.com/?a=b")
    #expect(settings.shops["api.example.com"]?.text == "https://other.example.com/x")
    #expect(settings.origins == ["https://shop.example.com", "http://localhost:3000"])
    #expect(settings.publicURL == "https://laurel.example.com")
    #expect(settings.limit.perMinute == 10 && settings.limit.perSecond == 20)
  }

  @Test(arguments: [
    ("LAUREL_STOREFRONT_URL", "shop.example.com"),
    ("LAUREL_STOREFRONT_URL", "https://a.example.com,https://b.example.com"),
    ("LAUREL_STOREFRONT_URL", "api.example.com=shop"),
    ("LAUREL_STOREFRONT_ORIGINS", "*"), ("LAUREL_STOREFRONT_ORIGINS", "https://*.example.com"),
    ("LAUREL_STOREFRONT_ORIGINS", "https://shop.example.com/"),
    ("LAUREL_STOREFRONT_ORIGINS", "https://shop.example.com:443"),
    ("LAUREL_STOREFRONT_ORIGINS", "https://Shop.example.com"),
    ("LAUREL_STOREFRONT_ORIGINS", "null"),
    ("LAUREL_TRUSTED_PROXIES", "proxy.example.com"), ("LAUREL_TRUSTED_PROXIES", "10.0.0.0/40"),
    ("LAUREL_STOREFRONT_CLIENT_LIMIT", "0"), ("LAUREL_STOREFRONT_LIMIT", "many"),
  ])
  func aFaultIsNamed(name: String, value: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try Self.configuration([name: value])
    }
    #expect(error?.faults.contains { $0.hasPrefix(name) } == true)
  }
}
