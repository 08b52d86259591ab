import Domain
import FoundationEssentials
import HTTPTransport
import Postgres
import Sandbox
import Signing
import Testing

/// `GET /api/v1/me`: a customer shows the token that his store gave him.
@Suite struct CustomerTokenTests {
  private static let signer = Result { try SandboxSigner() }
  private static let environment = [
    "LAUREL_PUBLIC_URL": "https://laurel.example.com",
    "LAUREL_SECRET_KEY": Data(repeating: 9, count: 32).base64EncodedString(),
  ]

  /// A shop whose store publishes the signer's keys.
  private static func open(
    _ environment: [String: String] = environment,
    _ body: (TestShop, SandboxSigner) async throws -> Void
  ) async throws {
    let signer = try signer.get()
    try await TestShop.open(environment: environment) { shop async throws in
      await shop.sandbox.publish(keySet: signer.keySet)
      try await body(shop, signer)
    }
  }

  /// The claims that were recorded, for Alice of this store, but for what is changed.
  private static func claims(
    _ store: String, _ changes: [String: JSONValue?] = [:]
  ) -> JSONValue {
    let now = Int(Date().timeIntervalSince1970)
    var members: [String: JSONValue] = [
      "iat": .number("\(now)"), "owner": "saleor", "iss": .string(store),
      "exp": .number("\(now + 300)"), "token": "DSWxaTZARyzX", "email": "Alice@example.com",
      "type": "access", "user_id": "VXNlcjox", "is_staff": false,
    ]
    for (name, value) in changes { members[name] = value }
    var claims: JSONValue = [:]
    for (name, value) in members.sorted(by: { $0.key < $1.key }) { claims[name] = value }
    return claims
  }

  private static func me(
    _ shop: TestShop, _ token: String?, scheme: String = "Bearer", query: String = ""
  ) async throws -> HTTPResponse {
    try await shop.transport.send(
      HTTPRequest(
        method: .get, url: "\(shop.url)/api/v1/me\(query)",
        headers: token.map { [("Authorization", "\(scheme) \($0)")] } ?? [],
        totalTimeout: .seconds(30)))
  }

  private static func expectRefused(
    _ shop: TestShop, _ token: String?, _ code: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let response = try await me(shop, token)
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

  @Test func aCustomerIsGivenHisCodeAndItsFigures() async throws {
    try await Self.open { shop, signer async throws in
      let token = try signer.token(Self.claims(shop.storeURL))
      let first = try await Self.me(shop, token)
      #expect(first.status == 200)
      #expect(first.headers.first("Cache-Control") == "no-store")
      let code = try #require(
        try await shop.pool.first(
          """
          SELECT code FROM referral_codes
          WHERE referrer_user_id = 'VXNlcjox' AND referrer_email = 'alice@example.com'
          """
        ) { row in try row.decode("code", as: String.self) })
      let answer = try JSONParser.parse(first.body)
      #expect(answer["code"].asString == code && answer["status"].asString == "active")
      #expect(answer["link"].asString == "https://laurel.example.com/r/\(code)")
      #expect(answer["clicks"].asInt == 0 && answer["rewards"]["issued"].asInt == 0)

      // One friend bought, another has not paid yet, and her own order is refused.
      let orders = [
        DecisionTests.paid(1, email: "bob@example.com", code: code),
        DecisionTests.paid(2, email: "alice@example.com", code: code),
      ]
      for order in orders {
        await shop.sandbox.put(order)
        #expect(try await shop.deliver(shop.body(.orderFullyPaid, order)).status == 200)
      }
      try await shop.settle()
      try await shop.pool.execute(
        """
        INSERT INTO referrals (store_id, ref_code, order_id, next_check_at)
        VALUES (\(shop.store.value), \(code), 'T3JkZXI6OQ==', now() + interval '1 day')
        """)
      try await shop.pool.execute(
        """
        INSERT INTO clicks (store_id, code, day, clicks)
        VALUES (\(shop.store.value), \(code), '2026-11-20', 5),
          (\(shop.store.value), \(code), '2026-11-21', 7)
        """)
      let second = try JSONParser.parse(try await Self.me(shop, token, scheme: "JWT").body)
      #expect(second["code"].asString == code && second["status"].asString == "active")
      #expect(second["clicks"].asInt == 12)
      #expect(second["referrals"]["tracked"].asInt == 1)
      #expect(second["referrals"]["rewarded"].asInt == 1)
      #expect(second["rewards"]["issued"].asInt == 1)
      #expect(try await shop.count("SELECT count(*) AS count FROM referral_codes") == 1)

      try await shop.pool.execute("UPDATE referral_codes SET status = 'disabled'")
      let third = try JSONParser.parse(try await Self.me(shop, token).body)
      #expect(third["status"].asString == "disabled" && third["link"] == .null)
    }
  }

  @Test func aMissingTokenIsRefused() async throws {
    try await Self.open { shop, _ async throws in
      try await Self.expectRefused(shop, nil, "token_missing")
      for header in ["Bearer", "Basic QWxhZGRpbg==", TestShop.adminKey] {
        let response = try await shop.transport.send(
          HTTPRequest(
            method: .get, url: "\(shop.url)/api/v1/me", headers: [("Authorization", header)]))
        #expect(response.status == 401)
      }
      try await Self.expectRefused(shop, TestShop.adminKey, "token_malformed")
    }
  }

  @Test func anExpiredTokenIsRefused() async throws {
    try await Self.open { shop, signer async throws in
      let past = Int(Date().timeIntervalSince1970) - 1
      try await Self.expectRefused(
        shop, try signer.token(Self.claims(shop.storeURL, ["exp": .number("\(past)")])),
        "token_expired")
    }
  }

  @Test func aTokenOfAnotherStoreIsRefused() async throws {
    try await Self.open { shop, signer async throws in
      for issuer in [
        "https://other.example.com/graphql/", shop.storeURL + "x", "", "nonsense",
      ] {
        try await Self.expectRefused(
          shop, try signer.token(Self.claims(issuer)), "token_foreign")
      }
      try await Self.expectRefused(
        shop, try signer.token(Self.claims(shop.storeURL, ["iss": nil])),
        "token_foreign")
    }
  }

  @Test func aTokenThatAnotherStoreSignedIsRefused() async throws {
    try await Self.open { shop, signer async throws in
      // The other store's own key, under the name of this one's.
      let other = try SandboxSigner()
      let forged = try other.token(Self.claims(shop.storeURL)).split(separator: ".")
      let genuine = try signer.token(Self.claims(shop.storeURL)).split(separator: ".")
      let payload = forged[1]
      let signature = forged[2]
      try await Self.expectRefused(
        shop, "\(genuine[0]).\(payload).\(signature)", "token_foreign")
    }
  }

  @Test func aStaffTokenIsRefused() async throws {
    try await Self.open { shop, signer async throws in
      try await Self.expectRefused(
        shop, try signer.token(Self.claims(shop.storeURL, ["is_staff": true])), "token_staff")
    }
  }

  @Test func anAppsTokenIsRefused() async throws {
    try await Self.open { shop, signer async throws in
      for type in ["thirdparty", "app"] {
        try await Self.expectRefused(
          shop,
          try signer.token(
            Self.claims(shop.storeURL, ["type": .string(type), "app": "QXBwOjE="])),
          "token_type")
      }
      try await Self.expectRefused(
        shop, try signer.token(Self.claims(shop.storeURL, ["app": "QXBwOjE="])), "token_type")
    }
  }

  @Test func aRefreshTokenIsRefused() async throws {
    try await Self.open { shop, signer async throws in
      try await Self.expectRefused(
        shop,
        try signer.token(
          Self.claims(shop.storeURL, ["type": "refresh", "csrfToken": "weKQ0Hgh"])),
        "token_type")
    }
  }

  @Test func aTamperedTokenIsRefused() async throws {
    try await Self.open { shop, signer async throws in
      let parts = try signer.token(Self.claims(shop.storeURL)).split(separator: ".")
        .map(String.init)
      let other = Base64URL.encode(
        Self.claims(shop.storeURL, ["user_id": "VXNlcjoy"]).bytes())
      try await Self.expectRefused(shop, "\(parts[0]).\(other).\(parts[2])", "token_foreign")
      let flipped = parts[2].replacing(
        parts[2].prefix(1), with: parts[2].hasPrefix("A") ? "B" : "A", maxReplacements: 1)
      try await Self.expectRefused(shop, "\(parts[0]).\(parts[1]).\(flipped)", "token_foreign")
      for broken in [
        "\(parts[0]).\(parts[1])", "\(parts[0]).\(parts[1]).", "\(parts[0])..\(parts[2])",
        "\(parts[0]).\(parts[1]).\(parts[2]).x", "\(parts[0]).\(parts[1]).\(parts[2])=",
      ] {
        let response = try await Self.me(shop, broken)
        #expect(response.status == 401, "\(broken)")
      }
      #expect(try await shop.count("SELECT count(*) AS count FROM referral_codes") == 0)
    }
  }

  @Test func anUnsignedTokenIsRefused() async throws {
    try await Self.open { shop, signer async throws in
      let payload = Base64URL.encode(Self.claims(shop.storeURL).bytes())
      let keyID = try Self.keyID(signer)
      for algorithm in ["none", "None", "NONE", ""] {
        let header = Self.base64URL(#"{"alg":"\#(algorithm)","kid":"\#(keyID)","typ":"JWT"}"#)
        try await Self.expectRefused(shop, "\(header).\(payload).", "token_malformed")
        try await Self.expectRefused(shop, "\(header).\(payload).AAAA", "token_malformed")
      }
    }
  }

  @Test func aTokenUnderThePublicKeyAsASecretIsRefused() async throws {
    try await Self.open { shop, signer async throws in
      let keyID = try Self.keyID(signer)
      let header = Self.base64URL(#"{"alg":"HS256","kid":"\#(keyID)","typ":"JWT"}"#)
      let text = "\(header).\(Base64URL.encode(Self.claims(shop.storeURL).bytes()))"
      for secret in [signer.keySet, Array(keyID.utf8)] {
        let digest = try HMACKey(secret).authenticate(Array(text.utf8))
        try await Self.expectRefused(
          shop, "\(text).\(Base64URL.encode(digest))", "token_malformed")
      }
    }
  }

  @Test func aTokenThatBringsItsOwnKeyIsRefused() async throws {
    try await Self.open { shop, signer async throws in
      let keyID = try Self.keyID(signer)
      let payload = Base64URL.encode(Self.claims(shop.storeURL).bytes())
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
    try await Self.open { shop, signer async throws in
      let payload = Base64URL.encode(Self.claims(shop.storeURL).bytes())
      let detached = try signer.sign(Array(payload.utf8))
      try await Self.expectRefused(
        shop, detached.replacing("..", with: ".\(payload)."), "token_malformed")
    }
  }

  @Test func claimsThatAreNoCustomersAreRefused() async throws {
    try await Self.open { shop, signer async throws in
      for (name, value) in [
        ("token", nil), ("token", ""), ("email", nil), ("email", "nobody"), ("user_id", nil),
        ("user_id", "T3JkZXI6MQ=="), ("exp", nil), ("exp", "tomorrow"), ("is_staff", nil),
        ("type", nil),
      ] as [(String, JSONValue?)] {
        try await Self.expectRefused(
          shop, try signer.token(Self.claims(shop.storeURL, [name: value])),
          "token_malformed")
      }
      let huge = Self.claims(
        shop.storeURL, ["x": .string(String(repeating: "a", count: 9000))])
      try await Self.expectRefused(shop, try signer.token(huge), "token_malformed")
    }
  }

  @Test func anUnknownKeyIsFetchedForOnceAndIsOurFault() async throws {
    try await Self.open { shop, signer async throws in
      await shop.sandbox.publish(keySet: nil)
      let token = try signer.token(Self.claims(shop.storeURL))
      for _ in 0..<5 {
        let response = try await Self.me(shop, token)
        #expect(response.status == 503)
        #expect(response.headers.first("Retry-After") != nil)
      }
      let tries = try await shop.count(
        "SELECT count(*) AS count FROM store_keys WHERE last_error IS NOT NULL")
      #expect(tries == 1)
      await shop.sandbox.publish(keySet: signer.keySet)
      #expect(try await Self.me(shop, token).status == 503)
      try await shop.pool.execute(
        "UPDATE store_keys SET tried_at = tried_at - interval '61 seconds'")
      try await shop.eventually("the key is not fetched") {
        try await Self.me(shop, token).status == 200
      }
    }
  }

  @Test func aCustomerMayAskSoOften() async throws {
    var environment = Self.environment
    environment["LAUREL_STOREFRONT_CLIENT_LIMIT"] = "3"
    try await Self.open(environment) { shop, signer async throws in
      let alice = try signer.token(Self.claims(shop.storeURL))
      let bob = try signer.token(
        Self.claims(shop.storeURL, ["user_id": "VXNlcjoy", "email": "bob@example.com"]))
      var statuses: [Int] = []
      for _ in 0..<5 { statuses.append(try await Self.me(shop, alice).status) }
      #expect(statuses == [200, 200, 200, 429, 429])
      #expect(try await Self.me(shop, bob).status == 200)
    }
  }

  @Test func aHundredAtOnceMakeOneCode() async throws {
    var environment = Self.environment
    environment["LAUREL_STOREFRONT_CLIENT_LIMIT"] = "1000"
    try await Self.open(environment) { shop, signer async throws in
      let token = try signer.token(Self.claims(shop.storeURL))
      let codes = try await withThrowingTaskGroup(of: String?.self) { group in
        for _ in 0..<100 {
          group.addTask {
            try JSONParser.parse(try await Self.me(shop, token).body)["code"].asString
          }
        }
        return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
      }
      #expect(codes.count == 1 && codes.first != .some(nil))
    }
  }

  @Test func amongSeveralStoresTheTokenSaysWhichOneItIsOf() async throws {
    try await InstalledStore.with { store async throws in
      try await store.openShop(environment: Self.environment) { shop async throws in
        let token = try store.signer.token(Self.claims(store.address.canonical))
        let answer = try JSONParser.parse(try await Self.me(shop, token).body)
        let code = try #require(answer["code"].asString)
        let authority = String(store.address.canonical.split(separator: "/")[1])
        #expect(
          answer["link"].asString == "https://laurel.example.com/r/\(code)?store=\(authority)")
        #expect(
          try await shop.count(
            """
            SELECT count(*) AS count FROM referral_codes WHERE store_id <> \(shop.store.value)
            """) == 1)
        #expect(try await Self.me(shop, token, query: "?store=\(authority)").status == 200)
        #expect(try await Self.me(shop, token, query: "?store=\(shop.storeURL)").status == 401)
        // Signed by the one store, it says that it is of the other.
        await shop.sandbox.publish(keySet: try SandboxSigner().keySet)
        let stray = try store.signer.token(Self.claims(shop.storeURL))
        #expect(try await Self.me(shop, stray).status == 503)
      }
    }
  }

  private static func keyID(_ signer: SandboxSigner) throws -> String {
    try DetachedSignature(compact: signer.sign([])).keyID
  }
}
