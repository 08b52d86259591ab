import Signing
import Testing

@Suite struct JSONWebKeySetTests {
  let store: StandInStore
  let body = bytes("{}")
  let signature: String

  init() throws {
    store = try StandInStore()
    signature = try store.sign(body: body)
  }

  @Test func readsTheKeysThatAStorePublished() throws {
    let keys = try JSONWebKeySet(json: try Deliveries.keySet())
    #expect(keys.contains(keyID: RecordedSignatureTests.keyID))
    #expect(!keys.contains(keyID: "k1"))
  }

  /// One member changed, so that the key of that id is not one that verifies RS256.
  @Test(
    arguments: [
      ("kty", #""EC""#), ("kty", #""oct""#), ("kty", #""rsa""#), ("kty", nil), ("kty", "1"),
      ("use", #""enc""#), ("use", "null"), ("key_ops", "[]"), ("key_ops", #"["sign"]"#),
      ("key_ops", #""verify""#), ("alg", #""RS512""#), ("alg", #""PS256""#), ("alg", "null"),
      ("n", nil), ("n", #""""#), ("n", "1"), ("n", #""AQAB""#), ("n", #""AQAB=""#),
      ("e", nil), ("e", #""""#), ("e", "65537"), ("e", #""AQAB=""#),
      // 1, 3, 65535, 65536, 65537 with a zero before it, 2^32 + 1, 2^64 + 1.
      ("e", #""AQ""#), ("e", #""Aw""#), ("e", #""__8""#), ("e", #""AQAA""#), ("e", #""AAEAAQ""#),
      ("e", #""AQAAAAE""#), ("e", #""AQAAAAAAAAAB""#),
    ] as [(String, String?)])
  func aKeyThatCannotVerifyIsNamed(member: String, value: String?) throws {
    let keys = try store.keys([store.entry([member: value])])
    #expect(keys.contains(keyID: "k1"))
    #expect(refusal(of: signature, body: body, keys: keys) == .unsuitableKey)
  }

  @Test func aModulusOutOfBoundsIsNamed() throws {
    let modulus = store.key.modulus
    let others = [
      Array(modulus.suffix(128)), Array(modulus.suffix(255)), [0x7f] + modulus.dropFirst(),
      [0] + modulus, modulus.dropLast() + [modulus[255] & 0xfe], bytes(0xff, times: 1025),
      [1] + bytes(0xff, times: 1024),
    ]
    for other in others {
      let keys = try store.keys([store.entry(["n": #""\#(Base64URL.encode(other))""#])])
      #expect(refusal(of: signature, body: body, keys: keys) == .unsuitableKey)
    }
    let widest = Base64URL.encode(bytes(0xff, times: 1024))
    let keys = try store.keys([store.entry(["n": #""\#(widest)""#])])
    #expect(refusal(of: signature, body: body, keys: keys) == .wrongSignature)
  }

  @Test(
    arguments: [
      ("use", nil), ("key_ops", nil), ("alg", nil), ("key_ops", #"["sign","verify"]"#),
      ("x5c", #"["MIIB"]"#), ("exp", "1"),
    ] as [(String, String?)])
  func membersThatDoNotMatterMayBeMissingOrMore(member: String, value: String?) throws {
    let keys = try store.keys([store.entry([member: value])])
    #expect(refusal(of: signature, body: body, keys: keys) == nil)
  }

  @Test func keysOfOtherKindsDoNoHarm() throws {
    let elliptic = #"""
      {"kty":"EC","crv":"P-256","kid":"k1","use":"sig","alg":"ES256",
       "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
       "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
      """#
    let encryption = store.entry(["use": #""enc""#, "alg": #""RSA-OAEP""#])
    let nameless = store.entry(["kid": nil])
    for entries in [
      [elliptic, store.entry()], [store.entry(), elliptic], [encryption, store.entry(), nameless],
      [nameless, nameless, store.entry(), encryption, elliptic],
    ] {
      #expect(refusal(of: signature, body: body, keys: try store.keys(entries)) == nil)
    }
    let only = try store.keys([elliptic])
    #expect(refusal(of: signature, body: body, keys: only) == .unsuitableKey)
    for entries in [[], [nameless]] {
      #expect(refusal(of: signature, body: body, keys: try store.keys(entries)) == .unknownKey)
    }
  }

  @Test(arguments: [
    "", "null", "[]", "{}", #"{"keys":{}}"#, #"{"keys":null}"#, #"{"keys":[1]}"#,
    #"{"keys":[null]}"#, #"{"keys":[]}x"#, #"{"keys":[],"keys":[]}"#, #"{"keys":[{"kid":"a"},]}"#,
    #"{"keys":[{"kty":"RSA","kty":"RSA"}]}"#, "<html></html>", #"{"keys":[]"#,
  ])
  func whatIsNoKeySetIsRefused(text: String) {
    let error = #expect(throws: JSONWebKeySetError.self) {
      try JSONWebKeySet(json: bytes(text))
    }
    #expect(error?.code == .malformed)
    #expect(error?.isRetryable == false)
  }

  @Test func nestingIsBounded() {
    let text = #"{"keys":"# + String(repeating: "[", count: 60_000)
    let error = #expect(throws: JSONWebKeySetError.self) { try JSONWebKeySet(json: bytes(text)) }
    #expect(error?.code == .malformed)
  }

  @Test func twoKeysOfOneIDAreRefused() throws {
    let error = #expect(throws: JSONWebKeySetError.self) {
      try store.keys([store.entry(), store.entry()])
    }
    #expect(error?.code == .repeatedKeyID)
  }

  @Test func sizeAndNumberAreBounded() throws {
    let space = bytes(0x20, times: JSONWebKeySet.maximumByteCount - 11)
    #expect(throws: Never.self) { try JSONWebKeySet(json: bytes(#"{"keys":[]}"#) + space) }
    let large = #expect(throws: JSONWebKeySetError.self) {
      try JSONWebKeySet(json: bytes(#"{"keys":[]}"#) + space + [0x20])
    }
    #expect(large?.code == .tooLarge)
    let entries = (0..<32).map { store.entry(["kid": #""k\#($0)""#]) }
    #expect(refusal(of: signature, body: body, keys: try store.keys(entries)) == nil)
    let many = #expect(throws: JSONWebKeySetError.self) { try store.keys(entries + ["{}"]) }
    #expect(many?.code == .tooManyKeys)
  }
}
