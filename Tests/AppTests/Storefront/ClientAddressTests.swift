import Testing

@testable import Web

/// Who a client is, whatever stands between.
@Suite struct ClientAddressTests {
  @Test(
    arguments: [
      ("192.0.2.1", [192, 0, 2, 1]), ("0.0.0.0", [0, 0, 0, 0]),
      ("::ffff:192.0.2.1", [192, 0, 2, 1]), ("::FFFF:c000:201", [192, 0, 2, 1]),
      ("2001:db8::1", [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
      ("fe80::1%eth0", [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
      ("1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]),
      ("::", [UInt8](repeating: 0, count: 16)),
    ] as [(String, [UInt8])])
  func everyFormOfAnAddressIsRead(text: String, bytes: [UInt8]) {
    #expect(ClientAddress(text)?.bytes == bytes)
  }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.-4", "1.2.3.+4", "a.b.c.d", ":",
    ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "12345::",
    "g::1", "::1.2.3", "1.2.3.4::", "localhost", String(repeating: "1", count: 200),
  ])
  func whatIsNoAddressIsNone(text: String) {
    #expect(ClientAddress(text) == nil)
  }

  @Test(arguments: [
    ("192.0.2.1:8080", "192.0.2.1"), ("[2001:db8::1]:443", "2001:db8::1"),
    ("[::1]", "::1"), ("2001:db8::1", "2001:db8::1"),
  ])
  func portsBehindForwardedAddressesDoNotMatter(text: String, address: String) {
    #expect(ClientAddress(forwarded: text) == ClientAddress(address))
  }

  @Test func aNetworkOfIPv6IsOneClient() {
    let parts = ["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:3::1"]
      .map { ClientAddress($0)?.limitedPart }
    #expect(parts[0] == parts[1] && parts[1] != parts[2])
    #expect(
      ClientAddress("192.0.2.1")?.limitedPart != ClientAddress("192.0.2.2")?.limitedPart)
  }

  @Test(
    arguments: [
      // Nobody is trusted: the header is anybody's.
      ("", "203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
      ("10.0.0.0/8", "203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
      ("10.0.0.0/8", "10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
      // What the client wrote himself stands before what the proxy knows.
      ("10.0.0.0/8", "10.1.2.3", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
      ("10.0.0.0/8", "10.1.2.3", ["1.1.1.1", "198.51.100.1"], "198.51.100.1"),
      ("10.0.0.0/8", "10.1.2.3", ["1.1.1.1, 198.51.100.1, 10.9.9.9"], "198.51.100.1"),
      ("10.0.0.0/8", "10.1.2.3", ["10.7.7.7, 10.9.9.9"], "10.7.7.7"),
      ("10.0.0.0/8", "10.1.2.3", ["198.51.100.1, unknown"], "10.1.2.3"),
      ("10.0.0.0/8", "10.1.2.3", [], "10.1.2.3"),
      ("::1", "::1", ["2001:db8::7"], "2001:db8::7"),
      ("2001:db8::/33", "2001:db8:7fff::1", ["192.0.2.5:999"], "192.0.2.5"),
      ("2001:db8::/33", "2001:db8:8000::1", ["192.0.2.5"], "2001:db8:8000::1"),
      ("0.0.0.0/0", "10.1.2.3", ["192.0.2.5"], "192.0.2.5"),
    ] as [(String, String, [String], String)])
  func onlyTrustedProxiesAreBelieved(
    trusted: String, peer: String, forwarded: [String], client: String
  ) throws {
    let proxies = TrustedProxies(
      try trusted.split(separator: ",").map { try #require(TrustedProxies.Network(String($0))) })
    #expect(
      proxies.client(peer: ClientAddress(peer), forwarded: forwarded) == ClientAddress(client))
  }

  @Test(arguments: ["10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/x", "proxy", "::/129"])
  func whatIsNoNetworkIsRefused(text: String) {
    #expect(TrustedProxies.Network(text) == nil)
  }
}
