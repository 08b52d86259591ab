import Domain
import FoundationEssentials
import HTTPTransport
import Postgres
import Sandbox
import Signing
import Testing

/// Tokens that `GET /api/v1/me` refuses.
@Suite struct CustomerTokenTests {
  private static func expectRefused(
    _ shop: TestShop, _ token: String?, _ code: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let response = try await CustomerShop.me(shop, token)
    let text = String(decoding: response.body, as: UTF8.self)
    #expect(response.status == 401, "\(text)", sourceLocation: sourceLocation)
    #expect(text.contains("\"code\":\"\(code)\""), "\(text)", sourceLocation: sourceLocation)
    #expect(
      response.headers.first("Content-Type") == "application/problem+json",
      sourceLocation: sourceLocation)
    #expect(
      response.headers.first("WWW-Authenticate") == "Bearer", sourceLocation: sourceLocation)
    #expect(
      try await shop.count("SELECT count(*) AS count FROM referral_codes") == 0,
      sourceLocation: sourceLocation)
  }

  private static func base64URL(_ text: String) -> String { Base64URL.encode(Array(text.utf8)) }

  @Test func aMissingTokenIsRefused() async throws {
    try await CustomerShop.open { shop, _ async throws in
      try await Self.expectRefused(shop, nil, "token_missing")
      for header in ["Bearer", "Basic QWxhZGRpbg==", TestShop.adminKey] {
        let response = try await shop.fetch("/api/v1/me", headers: [("Authorization", header)])
        #expect(response.status == 401)
      }
      try await Self.expectRefused(shop, TestShop.adminKey, "token_malformed")
    }
  }

  @Test func anExpiredTokenIsRefused() async throws {
    try await CustomerShop.open { shop, signer async throws in
      let past = Int(Date().timeIntervalSince1970) - 1
      try await Self.expectRefused(
        shop, try signer.token(CustomerShop.claims(shop.storeURL, ["exp": .number("\(past)")])),
        "token_expired")
    }
  }

  @Test func aTokenOfAnotherStoreIsRefused() async throws {
    try await CustomerShop.open { shop, signer async throws in
      for issuer in [
        "https://other.example.com/graphql/", shop.storeURL + "x", "", "nonsense",
      ] {
        try await Self.expectRefused(
          shop, try signer.token(CustomerShop.claims(issuer)), "token_foreign")
      }
      try await Self.expectRefused(
        shop, try signer.token(CustomerShop.claims(shop.storeURL, ["iss": nil])),
        "token_foreign")
    }
  }

  @Test func aTokenThatAnotherStoreSignedIsRefused() async throws {
    try await CustomerShop.open { shop, signer async throws in
      // The other store's own key, under the name of this one's.
      let other = try SandboxSigner()
      let forged = try other.token(CustomerShop.claims(shop.storeURL)).split(separator: ".")
      let genuine = try signer.token(CustomerShop.claims(shop.storeURL)).split(separator: ".")
      let payload = forged[1]
      let signature = forged[2]
      try await Self.expectRefused(
        shop, "\(genuine[0]).\(payload).\(signature)", "token_foreign")
    }
  }

  @Test func aStaffTokenIsRefused() async throws {
    try await CustomerShop.open { shop, signer async throws in
      try await Self.expectRefused(
        shop, try signer.token(CustomerShop.claims(shop.storeURL, ["is_staff": true])),
        "token_staff")
    }
  }

  @Test func anAppsTokenIsRefused() async throws {
    try await CustomerShop.open { shop, signer async throws in
      for type in ["thirdparty", "app"] {
        try await Self.expectRefused(
          shop,
          try signer.token(
            CustomerShop.claims(shop.storeURL, ["type": .string(type), "app": "QXBwOjE="])),
          "token_type")
      }
      try await Self.expectRefused(
        shop, try signer.token(CustomerShop.claims(shop.storeURL, ["app": "QXBwOjE="])),
        "token_type")
    }
  }

  @Test func aRefreshTokenIsRefused() async throws {
    try await CustomerShop.open { shop, signer async throws in
      try await Self.expectRefused(
        shop,
        try signer.token(
          CustomerShop.claims(shop.storeURL, ["type": "refresh", "csrfToken": "weKQ0Hgh"])),
        "token_type")
    }
  }

  @Test func aTamperedTokenIsRefused() async throws {
    try await CustomerShop.open { shop, signer async throws in
      let parts = try signer.token(CustomerShop.claims(shop.storeURL)).split(separator: ".")
        .map(String.init)
      let other = Base64URL.encode(
        CustomerShop.claims(shop.storeURL, ["user_id": "VXNlcjoy"]).bytes())
      try await Self.expectRefused(shop, "\(parts[0]).\(other).\(parts[2])", "token_foreign")
      let flipped = parts[2].replacing(
        parts[2].prefix(1), with: parts[2].hasPrefix("A") ? "B" : "A", maxReplacements: 1)
      try await Self.expectRefused(shop, "\(parts[0]).\(parts[1]).\(flipped)", "token_foreign")
      for broken in [
        "\(parts[0]).\(parts[1])", "\(parts[0]).\(parts[1]).", "\(parts[0])..\(parts[2])",
        "\(parts[0]).\(parts[1]).\(parts[2]).x", "\(parts[0]).\(parts[1]).\(parts[2])=",
      ] {
        let response = try await CustomerShop.me(shop, broken)
        #expect(response.status == 401, "\(broken)")
      }
      #expect(try await shop.count("SELECT count(*) AS count FROM referral_codes") == 0)
    }
  }

  @Test func anUnsignedTokenIsRefused() async throws {
    try await CustomerShop.open { shop, signer async throws in
      let payload = Base64URL.encode(CustomerShop.claims(shop.storeURL).bytes())
      let keyID = try CustomerShop.keyID(signer)
      for algorithm in ["none", "None", "NONE", ""] {
        let header = Self.base64URL(#"{"alg":"\#(algorithm)","kid":"\#(keyID)","typ":"JWT"}"#)
        try await Self.expectRefused(shop, "\(header).\(payload).", "token_malformed")
        try await Self.expectRefused(shop, "\(header).\(payload).AAAA", "token_malformed")
      }
    }
  }

  @Test func aTokenUnderThePublicKeyAsASecretIsRefused() async throws {
    try await CustomerShop.open { shop, signer async throws in
      let keyID = try CustomerShop.keyID(signer)
      let header = Self.base64URL(#"{"alg":"HS256","kid":"\#(keyID)","typ":"JWT"}"#)
      let text = "\(header).\(Base64URL.encode(CustomerShop.claims(shop.storeURL).bytes()))"
      for secret in [signer.keySet, Array(keyID.utf8)] {
        let digest = try HMACKey(secret).authenticate(Array(text.utf8))
        try await Self.expectRefused(
          shop, "\(text).\(Base64URL.encode(digest))", "token_malformed")
      }
    }
  }

  @Test func aTokenThatBringsItsOwnKeyIsRefused() async throws {
    try await CustomerShop.open { shop, signer async throws in
      let keyID = try CustomerShop.keyID(signer)
      let payload = Base64URL.encode(CustomerShop.claims(shop.storeURL).bytes())
      for member in [
        #""jwk":{"kty":"RSA"}"#, #""jku":"https://evil.example.com/""#, #""x5c":[]"#,
        #""crit":["exp"]"#, #""b64":false"#, #""kid":"x""#,
      ] {
        let header = Self.base64URL(#"{"alg":"RS256","kid":"\#(keyID)",\#(member)}"#)
        try await Self.expectRefused(shop, "\(header).\(payload).AAAA", "token_malformed")
      }
    }
  }

  @Test func aWebhooksSignatureIsNoToken() async throws {
    try await CustomerShop.open { shop, signer async throws in
      let payload = Base64URL.encode(CustomerShop.claims(shop.storeURL).bytes())
      let detached = try signer.sign(Array(payload.utf8))
      try await Self.expectRefused(
        shop, detached.replacing("..", with: ".\(payload)."), "token_malformed")
    }
  }

  @Test func claimsThatAreNoCustomersAreRefused() async throws {
    try await CustomerShop.open { shop, signer async throws in
      for (name, value) in [
        ("token", nil), ("token", ""), ("email", nil), ("email", "nobody"), ("user_id", nil),
        ("user_id", "T3JkZXI6MQ=="), ("exp", nil), ("exp", "tomorrow"), ("is_staff", nil),
        ("type", nil),
      ] as [(String, JSONValue?)] {
        try await Self.expectRefused(
          shop, try signer.token(CustomerShop.claims(shop.storeURL, [name: value])),
          "token_malformed")
      }
      let huge = CustomerShop.claims(
        shop.storeURL, ["x": .string(String(repeating: "a", count: 9000))])
      try await Self.expectRefused(shop, try signer.token(huge), "token_malformed")
    }
  }
}
