import Signing
import Testing

/// Everything that a forger, or a careless store, may write. What can be signed is signed with the
/// store's genuine key, so that nothing but the fault in question is refused.
@Suite struct SignatureRefusalTests {
  let store: StandInStore
  let keys: JSONWebKeySet
  let body = bytes(#"{"__typename": "OrderPaid"}"#)

  init() throws {
    store = try StandInStore()
    keys = try store.keys()
  }

  /// Headers with one fault each, and the step that names it.
  @Test(
    arguments: [
      (#"{"alg":"none","b64":false,"crit":["b64"],"kid":"k1"}"#, .wrongAlgorithm),
      (#"{"alg":"None","b64":false,"crit":["b64"],"kid":"k1"}"#, .wrongAlgorithm),
      (#"{"alg":"HS256","b64":false,"crit":["b64"],"kid":"k1"}"#, .wrongAlgorithm),
      (#"{"alg":"RS384","b64":false,"crit":["b64"],"kid":"k1"}"#, .wrongAlgorithm),
      (#"{"alg":"RS512","b64":false,"crit":["b64"],"kid":"k1"}"#, .wrongAlgorithm),
      (#"{"alg":"PS256","b64":false,"crit":["b64"],"kid":"k1"}"#, .wrongAlgorithm),
      (#"{"alg":"ES256","b64":false,"crit":["b64"],"kid":"k1"}"#, .wrongAlgorithm),
      (#"{"alg":"rs256","b64":false,"crit":["b64"],"kid":"k1"}"#, .wrongAlgorithm),
      (#"{"alg":["RS256"],"b64":false,"crit":["b64"],"kid":"k1"}"#, .wrongAlgorithm),
      (#"{"alg":null,"b64":false,"crit":["b64"],"kid":"k1"}"#, .wrongAlgorithm),
      (#"{"b64":false,"crit":["b64"],"kid":"k1"}"#, .wrongAlgorithm),
      (#"{"alg":"RS256","b64":true,"crit":["b64"],"kid":"k1"}"#, .encodedPayload),
      (#"{"alg":"RS256","crit":["b64"],"kid":"k1"}"#, .encodedPayload),
      (#"{"alg":"RS256","b64":"false","crit":["b64"],"kid":"k1"}"#, .encodedPayload),
      (#"{"alg":"RS256","b64":0,"crit":["b64"],"kid":"k1"}"#, .encodedPayload),
      (#"{"alg":"RS256","b64":null,"crit":["b64"],"kid":"k1"}"#, .encodedPayload),
      (#"{"alg":"RS256","kid":"k1","typ":"JWT"}"#, .encodedPayload),
      (#"{"alg":"RS256","b64":false,"kid":"k1"}"#, .wrongCritical),
      (#"{"alg":"RS256","b64":false,"crit":[],"kid":"k1"}"#, .wrongCritical),
      (#"{"alg":"RS256","b64":false,"crit":"b64","kid":"k1"}"#, .wrongCritical),
      (#"{"alg":"RS256","b64":false,"crit":["b64","exp"],"exp":1,"kid":"k1"}"#, .wrongCritical),
      (#"{"alg":"RS256","b64":false,"crit":["b64","b64"],"kid":"k1"}"#, .wrongCritical),
      (#"{"alg":"RS256","b64":false,"crit":["B64"],"kid":"k1"}"#, .wrongCritical),
      (#"{"alg":"RS256","b64":false,"crit":null,"kid":"k1"}"#, .wrongCritical),
      (#"{"alg":"RS256","b64":false,"crit":["b64"]}"#, .missingKeyID),
      (#"{"alg":"RS256","b64":false,"crit":["b64"],"kid":""}"#, .missingKeyID),
      (#"{"alg":"RS256","b64":false,"crit":["b64"],"kid":1}"#, .missingKeyID),
      (#"{"alg":"RS256","b64":false,"crit":["b64"],"kid":null}"#, .missingKeyID),
      (#"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"k2"}"#, .unknownKey),
      (#"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"K1"}"#, .unknownKey),
      (#"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"k1 "}"#, .unknownKey),
      (#"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"../k1"}"#, .unknownKey),
    ] as [(String, SignatureError.Code)])
  func namesTheFaultOfTheHeader(header: String, code: SignatureError.Code) throws {
    #expect(refusal(of: try store.sign(header, body: body), body: body, keys: keys) == code)
  }

  /// A header may not choose the key, not even the right one.
  @Test(arguments: ["jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256"])
  func namesAKeyThatTheHeaderBrings(name: String) throws {
    for value in [store.entry(), #""https://alice.example.com/jwks.json""#, "null", "[]"] {
      let header =
        #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"k1","\#(name)":\#(value)}"#
      #expect(
        refusal(of: try store.sign(header, body: body), body: body, keys: keys) == .foreignKey)
    }
  }

  @Test(arguments: [
    // Two members of one name, in either order, and written with an escape.
    #"{"alg":"none","alg":"RS256","b64":false,"crit":["b64"],"kid":"k1"}"#,
    #"{"alg":"RS256","alg":"none","b64":false,"crit":["b64"],"kid":"k1"}"#,
    #"{"alg":"RS256","alg":"RS256","b64":false,"crit":["b64"],"kid":"k1"}"#,
    #"{"alg":"RS256","\u0061lg":"none","b64":false,"crit":["b64"],"kid":"k1"}"#,
    #"{"alg":"RS256","b64":true,"b64":false,"crit":["b64"],"kid":"k1"}"#,
    #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"k2","kid":"k1"}"#,
    #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"k1","x":{"a":1,"a":2}}"#,
    // No object, or no JSON.
    "", " ", "null", "[]", #""RS256""#, "1", "{", "{}}", "{},", "{,}", #"{"alg"}"#, #"{"alg":}"#,
    #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"k1",}"#,
    #"{"alg":"RS256","b64":false,"crit":["b64",],"kid":"k1"}"#,
    #"{"alg":"RS256","b64":False,"crit":["b64"],"kid":"k1"}"#,
    #"{'alg':'RS256','b64':false,'crit':['b64'],'kid':'k1'}"#,
    #"{alg:"RS256","b64":false,"crit":["b64"],"kid":"k1"}"#,
    #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"k1"} {}"#,
    #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"k1"}//"#,
    #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"k1","x":01}"#,
    #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"k1","x":.5}"#,
    #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"k1","x":NaN}"#,
    #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"\ud800"}"#,
    #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"\u+031"}"#,
    #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"\x41"}"#,
    #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"k1"#,
    "{\"alg\":\"RS256\",\"b64\":false,\"crit\":[\"b64\"],\"kid\":\"k1\n\"}",
    "\u{FEFF}{\"alg\":\"RS256\",\"b64\":false,\"crit\":[\"b64\"],\"kid\":\"k1\"}",
    #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"k1","x":[[[[[[[[1]]]]]]]]}"#,
  ])
  func namesAHeaderThatIsNoStrictJSON(header: String) throws {
    let compact = try store.sign(header, body: body)
    let expected: SignatureError.Code = header.isEmpty ? .notDetached : .malformedHeader
    #expect(refusal(of: compact, body: body, keys: keys) == expected)
  }

  @Test func namesAHeaderThatIsNotUTF8() throws {
    let header =
      bytes(#"{"alg":"RS256","b64":false,"crit":["b64"],"kid":""#) + [0xC3] + bytes("\"}")
    let encoded = Base64URL.encode(header)
    let signature = try store.key.sign(bytes(encoded + ".") + body)
    let compact = encoded + ".." + Base64URL.encode(signature)
    #expect(refusal(of: compact, body: body, keys: keys) == .malformedHeader)
  }

  /// RFC 7515, section 4: what is not understood and not critical is left alone.
  @Test(arguments: [
    #"{"kid":"k1","crit":["b64"],"alg":"RS256","b64":false}"#,
    "{ \"alg\" : \"RS256\",\n \"b64\" : false, \"crit\":\t[ \"b64\" ], \"kid\" : \"k1\" }\r\n",
    #"{"\u0061lg":"RS256","b64":false,"crit":["b\u00364"],"kid":"k1"}"#,
    #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"k1","x":[1.5e-3,-0,true,null,{"alg":""}]}"#,
  ])
  func acceptsOtherSpellingsOfTheSameHeader(header: String) throws {
    #expect(refusal(of: try store.sign(header, body: body), body: body, keys: keys) == nil)
  }

  @Test func namesWhatIsNoDetachedSignature() throws {
    let right = try store.sign(body: body)
    let parts = right.split(separator: "..").map(String.init)
    let payload = Base64URL.encode(body)
    for compact in [
      "", ".", "..", "...", parts[0], parts[0] + "..", ".." + parts[1], parts[0] + "." + parts[1],
      "\(parts[0]).\(payload).\(parts[1])", "\(parts[0]). .\(parts[1])", right + ".", "." + right,
      right + ".." + parts[1], parts[0] + "..." + parts[1],
      "79026d5a8e9d0ea5c6a7f6a8b6a58db8b7f6d5a4c3b2a19080706050403020100",
    ] {
      #expect(refusal(of: compact, body: body, keys: keys) == .notDetached, "\(compact)")
    }
  }

  @Test func namesWhatIsNotCanonicalBase64URL() throws {
    let right = try store.sign(body: body)
    let parts = right.split(separator: "..").map(String.init)
    // 256 bytes leave four spare bits in the last character; setting one changes no byte.
    let spare = ["A": "B", "Q": "R", "g": "h", "w": "x"]
    let next = try #require(spare[String(parts[1].suffix(1))])
    for compact in [
      " " + right, right + " ", right + "\n", "\t" + right, right + "=", right + "==",
      "\(parts[0])=..\(parts[1])", "\(parts[0]) ..\(parts[1])", "\(parts[0]).. \(parts[1])",
      "\(parts[0])..\(parts[1].dropLast())\(next)", "\(parts[0])..\(parts[1])\u{0}",
      "\(parts[0])..\(parts[1].dropLast())é", "\(parts[0])..+\(parts[1].dropFirst())",
      "\(parts[0])../\(parts[1].dropFirst())", "\(parts[0])..A",
    ] {
      #expect(refusal(of: compact, body: body, keys: keys) == .malformedText, "\(compact)")
    }
  }

  @Test func namesWhatIsTooLong() throws {
    func header(of length: Int) -> String {
      let frame = #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"k1","typ":""}"#
      let padding = String(repeating: "x", count: length - frame.utf8.count)
      return frame.dropLast(2) + padding + #""}"#
    }
    // 1536 bytes are 2048 characters.
    let longest = try store.sign(header(of: 1536), body: body)
    let longer = try store.sign(header(of: 1537), body: body)
    #expect(refusal(of: longest, body: body, keys: keys) == nil)
    #expect(refusal(of: longer, body: body, keys: keys) == .tooLong)
    let encoded = Base64URL.encode(bytes(StandInStore.header)) + ".."
    for (count, code) in [(1366, SignatureError.Code.wrongSignature), (1367, .tooLong)] {
      let compact = encoded + String(repeating: "A", count: count)
      #expect(refusal(of: compact, body: body, keys: keys) == code)
    }
    let endless = String(repeating: "A", count: 1_000_000)
    #expect(refusal(of: endless + ".." + endless, body: body, keys: keys) == .tooLong)
  }

  /// The classic forgery: the public key is known to all, so it is used as an HMAC secret.
  @Test func refusesHMACWithThePublicKeyAsSecret() throws {
    for secret in [bytes(store.entry()), store.key.modulus, try Deliveries.keySet()] {
      for (algorithm, code) in [
        ("HS256", SignatureError.Code.wrongAlgorithm), ("RS256", .wrongSignature),
      ] {
        let header = #"{"alg":"\#(algorithm)","b64":false,"crit":["b64"],"kid":"k1"}"#
        let encoded = Base64URL.encode(bytes(header))
        let forged = try HMACKey(secret).authenticate(bytes(encoded + ".") + body)
        let compact = encoded + ".." + Base64URL.encode(forged)
        #expect(refusal(of: compact, body: body, keys: keys) == code)
      }
    }
  }

  /// Signatures of other lengths, beyond the modulus, zero, one: none is a libcrypto fault.
  @Test func refusesEverySignatureOfAnotherShape() throws {
    let encoded = Base64URL.encode(bytes(StandInStore.header)) + ".."
    let signature = try store.key.sign(bytes(String(encoded.dropLast())) + body)
    let others: [[UInt8]] = [
      [0], bytes(0, times: 256), bytes(0, times: 255) + [1], bytes(0xff, times: 256),
      store.key.modulus, signature.dropLast(), signature + [0], [0] + signature,
      bytes(0, times: 1024),
    ]
    for other in others {
      let compact = encoded + Base64URL.encode(other)
      #expect(refusal(of: compact, body: body, keys: keys) == .wrongSignature)
    }
    #expect(refusal(of: encoded + Base64URL.encode(signature), body: body, keys: keys) == nil)
  }

  /// RFC 7797, section 4.2, is of the right form and has the wrong algorithm.
  @Test func refusesTheExampleOfRFC7797ForItsAlgorithmOnly() throws {
    let encoded = "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19"
    let code = "A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY"
    let secret = try #require(
      Base64URL.decode(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
          .utf8))
    let signed = bytes(encoded + ".$.02")
    #expect(Base64URL.encode(try HMACKey(secret).authenticate(signed)) == code)
    #expect(
      refusal(of: encoded + ".." + code, body: bytes("$.02"), keys: keys) == .wrongAlgorithm)
  }

  @Test func onlyAnUnknownKeyMayBeTriedAgain() throws {
    let header = #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"k2"}"#
    let unknown = try DetachedSignature(compact: try store.sign(header, body: body))
    let error = #expect(throws: SignatureError.self) {
      try unknown.verify(body: body, keys: keys)
    }
    #expect(error?.isRetryable == true)
    #expect(
      error.map { "\($0)" } == "unknownKey: the store's known keys have none of that id")
    let wrong = #expect(throws: SignatureError.self) {
      try DetachedSignature(compact: try store.sign(body: body)).verify(body: [], keys: keys)
    }
    #expect(wrong?.isRetryable == false)
  }
}
