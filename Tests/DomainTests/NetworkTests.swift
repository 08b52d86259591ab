import Domain
import Testing

/// Networks of IP addresses, and how many digits amounts have.
@Suite struct NetworkTests {
  @Test(arguments: [
    ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"),
    ("::FFFF:c000:201", "192.0.2.1"), ("2001:db8::1", "2001:0DB8:0:0:0:0:0:1"),
    ("::", "0:0:0:0:0:0:0:0"), ("::1", "0:0:0:0:0:0:0.0.0.1"),
    ("1::", "1:0:0:0:0:0:0:0"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
  ])
  func `spellings of one address are one`(left: String, right: String) throws {
    #expect(try #require(IPAddress(left)) == #require(IPAddress(right)))
  }

  @Test(arguments: [
    "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "1.2.3.", ".1.2.3", "1..2.3",
    "0x1.2.3.4",
    ":", ":::", "1:2", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::",
    "g::", "+1::", "::1%eth0", "1:2:3:4:5:6:7:8::", "::1.2.3", "1.2.3.4::", "[::1]",
  ])
  func `anything else is no address`(text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test(arguments: [
    ("192.0.2.255", 24, "192.0.2.0"), ("192.0.2.255", 0, "0.0.0.0"),
    ("192.0.2.255", 32, "192.0.2.255"), ("192.0.2.255", 31, "192.0.2.254"),
    ("2001:db8:1:2:3::4", 48, "2001:db8:1::"), ("2001:db8::1", 128, "2001:db8::1"),
    ("ffff::", 0, "::"),
  ])
  func `an address is in its network`(text: String, length: Int, network: String) throws {
    #expect(try #require(IPAddress(text)).masked(to: length) == #require(IPAddress(network)))
  }

  @Test(arguments: [("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("QQQ", nil)])
  func `a currency has its digits`(code: String, digits: Int?) throws {
    #expect(try #require(Currency(code)).fractionDigits == digits)
  }
}
