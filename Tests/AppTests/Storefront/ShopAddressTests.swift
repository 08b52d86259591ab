import Domain
import Testing

@testable import Web

/// Where an invitation leads.
@Suite struct ShopAddressTests {
  @Test(arguments: [
    ("https://shop.example.com", "https://shop.example.com/?"),
    ("https://shop.example.com/", "https://shop.example.com/?"),
    ("https://shop.example.com/us/sale?x=1&y=%20", "https://shop.example.com/us/sale?x=1&y=%20&"),
    ("https://shop.example.com/?", "https://shop.example.com/?"),
    ("http://127.0.0.1:3000/a", "http://127.0.0.1:3000/a?"),
  ])
  func theCodeComesBehindWhatIsThere(text: String, start: String) throws {
    let shop = try #require(ShopAddress(text))
    let code = try #require(ReferralCode(typed: "alice10"))
    let marks = "ref=ALICE10&utm_source=referral&utm_medium=invitation&utm_campaign=default"
    #expect(shop.invitation(code) == start + marks)
    #expect(try #require(ShopAddress("\(text)#top")).invitation(code) == start + marks + "#top")
  }

  @Test func aCampaignHasItsOwnMarks() throws {
    let shop = try #require(ShopAddress("https://shop.example.com"))
    let code = try #require(ReferralCode(typed: "alice10"))
    var campaign = Campaign(id: "spring", offers: [])
    #expect(
      shop.invitation(code, campaign: campaign)
        == "https://shop.example.com/?ref=ALICE10&utm_source=laurel&utm_medium=referral"
        + "&utm_campaign=spring")
    campaign.linkMarks.source = "news&letter=é 1"
    campaign.linkMarks.campaign = "Spring-2026_a.b~"
    #expect(
      shop.invitation(code, campaign: campaign)
        == "https://shop.example.com/?ref=ALICE10&utm_source=news%26letter%3D%C3%A9%201"
        + "&utm_medium=referral&utm_campaign=Spring-2026_a.b~")
  }

  @Test(arguments: [
    "", "shop.example.com", "//shop.example.com", "javascript:alert(1)", "https://",
    "https://user@shop.example.com/", "https://shop.example.com/a b",
    "https://shop.example.com/\r\nSet-Cookie:a=b", "https://shop.example.com/?a=\"", "ftp://a/",
  ])
  func whatIsNoShopIsRefused(text: String) {
    #expect(ShopAddress(text) == nil)
  }
}
