import Signing
import Testing

@Suite struct SHA256Tests {
  /// The examples that NIST publishes with FIPS 180.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
        + "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
  ])
  func matchesPublishedDigest(message: String, digest: String) throws {
    #expect(Hex.encode(try SHA256.hash(bytes(message))) == digest)
  }

  @Test func matchesPublishedDigestOfAMillionLetters() throws {
    let digest = try SHA256.hash(bytes(UInt8(ascii: "a"), times: 1_000_000))
    #expect(
      Hex.encode(digest) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func readsASpanInPlace() throws {
    let whole = bytes("xabcx")
    let digest = try unsafe SHA256.hash(whole.span.extracting(1..<4).bytes)
    #expect(
      Hex.encode(digest) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }
}
