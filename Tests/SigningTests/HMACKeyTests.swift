import Signing
import Testing

@Suite struct HMACKeyTests {
  /// One test case of RFC 4231; case 5 gives only the first 128 bits.
  struct Vector: Sendable {
    let number: Int
    let key: [UInt8]
    let message: [UInt8]
    let code: String
  }

  static let vectors = [
    Vector(
      number: 1, key: bytes(0x0b, times: 20), message: bytes("Hi There"),
      code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    Vector(
      number: 2, key: bytes("Jefe"), message: bytes("what do ya want for nothing?"),
      code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    Vector(
      number: 3, key: bytes(0xaa, times: 20), message: bytes(0xdd, times: 50),
      code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    Vector(
      number: 4, key: Array(1...25), message: bytes(0xcd, times: 50),
      code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    Vector(
      number: 5, key: bytes(0x0c, times: 20), message: bytes("Test With Truncation"),
      code: "a3b6167473100ee06e0c796c2955552b"),
    Vector(
      number: 6, key: bytes(0xaa, times: 131),
      message: bytes("Test Using Larger Than Block-Size Key - Hash Key First"),
      code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    Vector(
      number: 7, key: bytes(0xaa, times: 131),
      message: bytes(
        "This is a test using a larger than block-size key and a larger than block-size data."
          + " The key needs to be hashed before being used by the HMAC algorithm."),
      code: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
  ]

  @Test(arguments: vectors)
  func matchesRFC4231(vector: Vector) throws {
    let code = Hex.encode(try HMACKey(vector.key).authenticate(vector.message))
    #expect(code.count == 64)
    #expect(code.hasPrefix(vector.code))
  }

  @Test func takesAnEmptyKeyAndAnEmptyMessage() throws {
    let code = try HMACKey([]).authenticate([])
    #expect(
      Hex.encode(code) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
  }

  @Test func neverShowsTheKey() {
    let key = HMACKey(bytes("secret"))
    var dumped = ""
    dump(key, to: &dumped)
    for text in ["\(key)", String(reflecting: key), dumped] {
      #expect(text.contains("hidden"))
      #expect(!text.contains("secret"))
      #expect(!text.contains("115"))
    }
  }
}
