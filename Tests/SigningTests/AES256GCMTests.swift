import Signing
import Testing

@Suite struct AES256GCMTests {
  /// A test case of McGrew and Viega's submission of GCM to NIST, which SP 800-38D refers to.
  struct Vector: Sendable {
    let number: Int
    let key: String
    let nonce: String
    let plaintext: String
    let associatedData: String
    let sealed: String
  }

  static let vectors = [
    Vector(
      number: 13, key: String(repeating: "0", count: 64), nonce: String(repeating: "0", count: 24),
      plaintext: "", associatedData: "", sealed: "530f8afbc74536b9a963b4f1c4cb738b"),
    Vector(
      number: 14, key: String(repeating: "0", count: 64), nonce: String(repeating: "0", count: 24),
      plaintext: String(repeating: "0", count: 32), associatedData: "",
      sealed: "cea7403d4d606b6e074ec5d3baf39d18" + "d0d1c8a799996bf0265b98b5d48ab919"),
    Vector(
      number: 16, key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
      nonce: "cafebabefacedbaddecaf888",
      plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
      associatedData: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
      sealed: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        + "76fc6ece0f4e1768cddf8853bb2d551b"),
  ]

  @Test(arguments: vectors)
  func matchesItsTestCase(vector: Vector) throws {
    let cipher = try #require(AES256GCM(key: hex(vector.key)))
    let sealed = try cipher.seal(
      hex(vector.plaintext), nonce: hex(vector.nonce), associatedData: hex(vector.associatedData))
    #expect(Hex.encode(sealed) == vector.sealed)
    let opened = try cipher.open(
      sealed, nonce: hex(vector.nonce), associatedData: hex(vector.associatedData))
    #expect(opened == hex(vector.plaintext))
  }

  @Test func opensNothingThatWasChanged() throws {
    let vector = Self.vectors[2]
    let cipher = try #require(AES256GCM(key: hex(vector.key)))
    let parts = [hex(vector.sealed), hex(vector.nonce), hex(vector.associatedData)]
    for part in parts.indices {
      for bit in 0..<(parts[part].count * 8) {
        var changed = parts
        changed[part][bit / 8] ^= 1 << (bit % 8)
        #expect(
          try cipher.open(changed[0], nonce: changed[1], associatedData: changed[2]) == nil)
      }
    }
    for count in 0..<parts[0].count {
      #expect(
        try cipher.open(
          Array(parts[0].prefix(count)), nonce: parts[1], associatedData: parts[2]) == nil)
    }
    #expect(try cipher.open(parts[0], nonce: parts[1], associatedData: []) == nil)
  }

  @Test func takesNoKeyAndNoNonceOfAnotherLength() throws {
    for count in [0, 16, 31, 33] {
      #expect(AES256GCM(key: bytes(1, times: count)) == nil)
    }
    let cipher = try #require(AES256GCM(key: bytes(1, times: 32)))
    for count in [0, 11, 13] {
      let error = #expect(throws: SigningError.self) {
        try cipher.seal([1], nonce: bytes(1, times: count), associatedData: [])
      }
      #expect(error?.code == .encryptionFailed)
    }
  }

  @Test func neverShowsTheKey() throws {
    let cipher = try #require(AES256GCM(key: bytes(115, times: 32)))
    var dumped = ""
    dump(cipher, to: &dumped)
    for text in ["\(cipher)", String(reflecting: cipher), dumped] {
      #expect(text.contains("hidden"))
      #expect(!text.contains("115"))
    }
  }
}
