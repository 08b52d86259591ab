import Domain
import FoundationEssentials
import Testing

@Suite struct ValueTests {
  @Test(arguments: [
    ("http://127.0.0.1:8800/graphql/", "http://127.0.0.1:8800/graphql/"),
    ("https://Shop.Example.com:443/graphql", "https://shop.example.com/graphql/"),
    ("HTTPS://shop.example.com/graphql/", "https://shop.example.com/graphql/"),
    ("http://shop.example.com:80", "http://shop.example.com/"),
    ("http://[::1]:8000/graphql/", "http://[::1]:8000/graphql/"),
  ])
  func storeAddressesHaveOneForm(text: String, canonical: String) {
    #expect(StoreAddress(text)?.canonical == canonical)
  }

  @Test(arguments: [
    "", "shop.example.com", "ftp://shop.example.com/", "http://", "http:///graphql/",
    "https://user:secret@shop.example.com/", "https://shop.example.com/?a=b",
    "https://shop.example.com:99999/", "https://shop.example.com/a b", "https://shop.example.com#x",
  ])
  func otherTextIsNoStoreAddress(text: String) {
    #expect(StoreAddress(text) == nil)
  }

  @Test(arguments: [
    ("Bob.Ref@Example.COM ", "bob.ref@example.com", "b***@example.com"),
    ("a@b", "a@b", "a***@b"),
  ])
  func addressesAreComparedInLowerCase(text: String, normalized: String, masked: String) {
    let address = EmailAddress(text)
    #expect(address?.normalized == normalized)
    #expect(address.map(String.init(describing:)) == masked)
  }

  @Test(arguments: [
    ("a.b+shop@gmail.com", "ab@gmail.com"), ("A.B@GoogleMail.com", "ab@gmail.com"),
    ("ab@gmail.com", "ab@gmail.com"), ("a.b+x+y@example.com", "a.b@example.com"),
    ("a.b@example.com", "a.b@example.com"), ("+tag@example.com", "+tag@example.com"),
    ("a@gmail.com.example.com", "a@gmail.com.example.com"),
  ])
  func spellingsOfOneMailboxAreOne(text: String, mailbox: String) {
    #expect(EmailAddress(text)?.mailbox == mailbox)
  }

  @Test(arguments: [
    "", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a\u{0000}@b", "a\r\n@b",
    String(repeating: "a", count: 250) + "@b.de",
  ])
  func otherTextIsNoAddress(text: String) {
    #expect(EmailAddress(text) == nil)
  }

  @Test(arguments: ["usd", "US", "USDT", "U$D", "", "ÜSD"])
  func otherTextIsNoCurrency(text: String) {
    #expect(Currency(text) == nil)
  }

  @Test(arguments: [("10", "10"), ("10.50", "10.5"), ("0.1", "0.1"), (".5", "0.5"), ("-3", "-3")])
  func decimalsAreReadWhole(text: String, expected: String) {
    #expect(Money.decimal(text)?.description == expected)
  }

  @Test(arguments: ["", ".", "1.2.3", "10abc", "1e5", "ten", "1,5", "--1", "0x10"])
  func otherTextIsNoDecimal(text: String) {
    #expect(Money.decimal(text) == nil)
  }

  @Test func noTwoIdentitiesShareTheirBytes() {
    let plain = RewardIdentity(storeAddress: "a", orderID: "bc")
    let shifted = RewardIdentity(storeAddress: "ab", orderID: "c")
    let friend = RewardIdentity(storeAddress: "a", orderID: "bc", role: .friend)
    let second = RewardIdentity(storeAddress: "a", orderID: "bc", version: 2)
    #expect(Set([plain, shifted, friend, second].map(\.bytes)).count == 4)
    #expect(plain.bytes.prefix(5) == [0, 0, 0, 1, UInt8(ascii: "a")])
  }

  @Test func waitsDoubleUpToTheirCapAndAreSpread() {
    let policy = RetryPolicy(base: .seconds(1), cap: .seconds(60))
    #expect(
      [1, 2, 3, 6, 7, 8, 1000].map(policy.bound).map(\.components.seconds)
        == [1, 2, 4, 32, 60, 60, 60])
    var generator = SystemRandomNumberGenerator()
    let waits = (0..<200).map { _ in policy.wait(beforeAttempt: 3, using: &generator) }
    #expect(waits.allSatisfy { $0 >= .zero && $0 <= .seconds(4) })
    #expect(Set(waits).count > 100)
  }
}
