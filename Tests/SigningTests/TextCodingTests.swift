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

  /// RFC 4648, section 10, without the padding, and RFC 7515, appendix C.
  @Test(arguments: [
    ("", ""), ("66", "Zg"), ("666f", "Zm8"), ("666f6f", "Zm9v"), ("666f6f62", "Zm9vYg"),
    ("666f6f6261", "Zm9vYmE"), ("666f6f626172", "Zm9vYmFy"), ("03ecffe0c1", "A-z_4ME"),
  ])
  func base64URLMatchesItsExamples(bytes: String, encoded: String) {
    #expect(Base64URL.encode(hex(bytes)) == encoded)
    #expect(Base64URL.decode(encoded.utf8) == hex(bytes))
  }

  @Test func base64URLGoesThereAndBack() {
    let all = Array(UInt8.min...UInt8.max)
    for count in 0...all.count {
      let part = Array(all.prefix(count))
      #expect(Base64URL.decode(Base64URL.encode(part).utf8) == part)
    }
  }

  /// Padding, whitespace, the other alphabet, a lone character, and spare bits that are set.
  @Test(arguments: [
    "Zg==", "Zg=", "Zm8=", " Zg", "Zg ", "Z g", "Zg\n", "Zm9v\r\n", "A+z/4ME", "Z", "Zm9vY", "Zh",
    "Zv", "Zm9", "Zm-", "Zm9vYmF", "Zg.", "é", "Zg\0",
  ])
  func base64URLRefusesEveryOtherSpelling(text: String) {
    #expect(Base64URL.decode(text.utf8) == nil)
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
