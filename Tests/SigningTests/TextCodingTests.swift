import Signing
import Testing

@Suite struct TextCodingTests {
  /// RFC 4648, section 10, without the padding.
  @Test(arguments: [
    ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"),
    ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI"),
  ])
  func base32MatchesRFC4648(text: String, encoded: String) {
    #expect(Base32.encode(bytes(text)) == encoded)
  }

  @Test func base32UsesEveryBit() {
    #expect(Base32.encode(bytes(0xff, times: 10)) == "7777777777777777")
    #expect(Base32.encode(hex("00443214c74254b635cf84653a56d7c675be77df")).count == 32)
    #expect(
      Base32.encode(hex("00443214c74254b635cf84653a56d7c675be77df"))
        == "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
  }

  @Test func hexGoesThereAndBack() {
    let all = Array(UInt8.min...UInt8.max)
    #expect(Hex.encode([0x00, 0x0f, 0xa0, 0xff]) == "000fa0ff")
    #expect(Hex.decode(Hex.encode(all)) == all)
    #expect(Hex.decode("0aAF") == [0x0a, 0xaf])
    #expect(Hex.decode("")?.isEmpty == true)
  }

  @Test(arguments: ["0", "0g", " 0a", "0a ", "é0", "0x0a", "٠٠"])
  func hexRefusesAnythingElse(text: String) {
    #expect(Hex.decode(text) == nil)
  }

  @Test func comparesWholeValues() {
    #expect(ConstantTime.areEqual([], []))
    #expect(ConstantTime.areEqual([1, 2, 3], [1, 2, 3]))
    #expect(!ConstantTime.areEqual([1, 2, 3], [1, 2, 4]))
    #expect(!ConstantTime.areEqual([1, 2, 3], [0, 2, 3]))
    #expect(!ConstantTime.areEqual([1, 2, 3], [1, 2]))
    #expect(!ConstantTime.areEqual([], [0]))
  }
}
