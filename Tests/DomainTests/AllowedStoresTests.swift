import Domain
import Testing

@Suite struct AllowedStoresTests {
  private func reach(_ store: String, _ patterns: String...) throws -> AllowedStores.Reach? {
    try AllowedStores(patterns.map { try #require(AllowedStores.Pattern($0)) })
      .reach(of: try #require(StoreAddress(store)))
  }

  @Test func aNamedHostMayStandAnywhere() throws {
    #expect(try reach("https://shop.example.com/graphql/", "shop.example.com") == .anywhere)
    #expect(try reach("https://SHOP.example.com:443/graphql", "shop.example.com") == .anywhere)
    #expect(try reach("http://127.0.0.1:9000/graphql/", "http://127.0.0.1:9000") == .anywhere)
    #expect(
      try reach("https://shop.example.com:8443/graphql/", "shop.example.com:8443") == .anywhere)
  }

  @Test func whatIsBelowADomainStandsOnTheInternet() throws {
    #expect(try reach("https://one.saleor.cloud/graphql/", "*.saleor.cloud") == .publicInternet)
    #expect(try reach("https://a.b.saleor.cloud/graphql/", "*.saleor.cloud") == .publicInternet)
    #expect(
      try reach("https://one.saleor.cloud/graphql/", "*.saleor.cloud", "one.saleor.cloud")
        == .anywhere)
  }

  @Test(arguments: [
    "http://shop.example.com/graphql/", "https://shop.example.com:8443/graphql/",
    "https://shop.example.com.evil.example/graphql/", "https://ashop.example.com/graphql/",
    "https://shop.example.com./graphql/", "https://shop.example.com/other/graphql/",
    "https://shop.example.com//graphql/", "https://shop.example.com/",
    "https://saleor.cloud/graphql/", "https://asaleor.cloud/graphql/",
    "http://one.saleor.cloud/graphql/", "https://one.saleor.cloud:444/graphql/",
    "https://.saleor.cloud/graphql/", "https://evil.example%2f.saleor.cloud/graphql/",
    "https://evil.example\\.saleor.cloud/graphql/",
    "https://one.saleor.cloud.evil.example/graphql/",
    "https://127.0.0.1/graphql/", "http://localhost/graphql/", "https://[::1]/graphql/",
  ])
  func everythingElseIsRefused(store: String) throws {
    let address = try #require(StoreAddress(store))
    let list = AllowedStores(
      try ["shop.example.com", "*.saleor.cloud"].map { try #require(AllowedStores.Pattern($0)) })
    #expect(list.reach(of: address) == nil)
    #expect(AllowedStores([]).reach(of: address) == nil)
  }

  @Test(arguments: [
    "", "*", "*.", "*.cloud", "http://*.saleor.cloud", "ftp://shop.example.com", "*.0.0.1",
    "shop.example.com/graphql/", "https://shop.example.com/path", "alice@example.com", "a b.com",
    "sh*p.example.com", "*.*.example.com",
  ])
  func whatIsTooWideOrNoHostIsNoPattern(text: String) {
    #expect(AllowedStores.Pattern(text) == nil)
  }
}
