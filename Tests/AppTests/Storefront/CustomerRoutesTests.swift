import Domain
import FoundationEssentials
import HTTPTransport
import Postgres
import Sandbox
import Signing
import Testing

/// `GET /api/v1/me`: a customer shows the token that his store gave him.
@Suite struct CustomerRoutesTests {
  @Test func aCustomerIsGivenHisCodeAndItsFigures() async throws {
    try await CustomerShop.open { shop, signer async throws in
      let token = try signer.token(CustomerShop.claims(shop.storeURL))
      let first = try await CustomerShop.me(shop, token)
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
      let second = try JSONParser.parse(try await CustomerShop.me(shop, token, scheme: "JWT").body)
      #expect(second["code"].asString == code && second["status"].asString == "active")
      #expect(second["clicks"].asInt == 12)
      #expect(second["referrals"]["tracked"].asInt == 1)
      #expect(second["referrals"]["rewarded"].asInt == 1)
      #expect(second["rewards"]["issued"].asInt == 1)
      #expect(try await shop.count("SELECT count(*) AS count FROM referral_codes") == 1)

      try await shop.pool.execute("UPDATE referral_codes SET status = 'disabled'")
      let third = try JSONParser.parse(try await CustomerShop.me(shop, token).body)
      #expect(third["status"].asString == "disabled" && third["link"] == .null)
    }
  }

  @Test func anUnknownKeyIsFetchedForOnceAndIsOurFault() async throws {
    try await CustomerShop.open { shop, signer async throws in
      await shop.sandbox.publish(keySet: nil)
      let token = try signer.token(CustomerShop.claims(shop.storeURL))
      for _ in 0..<5 {
        let response = try await CustomerShop.me(shop, token)
        #expect(response.status == 503)
        #expect(response.headers.first("Retry-After") != nil)
      }
      let tries = try await shop.count(
        "SELECT count(*) AS count FROM store_keys WHERE last_error IS NOT NULL")
      #expect(tries == 1)
      await shop.sandbox.publish(keySet: signer.keySet)
      #expect(try await CustomerShop.me(shop, token).status == 503)
      try await shop.pool.execute(
        "UPDATE store_keys SET tried_at = tried_at - interval '61 seconds'")
      try await shop.eventually("the key is not fetched") {
        try await CustomerShop.me(shop, token).status == 200
      }
    }
  }

  @Test func aCustomerMayAskSoOften() async throws {
    var environment = CustomerShop.environment
    environment["LAUREL_STOREFRONT_CLIENT_LIMIT"] = "3"
    try await CustomerShop.open(environment) { shop, signer async throws in
      let alice = try signer.token(CustomerShop.claims(shop.storeURL))
      let bob = try signer.token(
        CustomerShop.claims(shop.storeURL, ["user_id": "VXNlcjoy", "email": "bob@example.com"]))
      var statuses: [Int] = []
      for _ in 0..<5 { statuses.append(try await CustomerShop.me(shop, alice).status) }
      #expect(statuses == [200, 200, 200, 429, 429])
      #expect(try await CustomerShop.me(shop, bob).status == 200)
    }
  }

  @Test func aHundredAtOnceMakeOneCode() async throws {
    var environment = CustomerShop.environment
    environment["LAUREL_STOREFRONT_CLIENT_LIMIT"] = "1000"
    try await CustomerShop.open(environment) { shop, signer async throws in
      let token = try signer.token(CustomerShop.claims(shop.storeURL))
      let codes = try await withThrowingTaskGroup(of: String?.self) { group in
        for _ in 0..<100 {
          group.addTask {
            try JSONParser.parse(try await CustomerShop.me(shop, token).body)["code"].asString
          }
        }
        return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
      }
      #expect(codes.count == 1 && codes.first != .some(nil))
    }
  }

  @Test func amongSeveralStoresTheTokenSaysWhichOneItIsOf() async throws {
    try await InstalledStore.with { store async throws in
      try await store.openShop(environment: CustomerShop.environment) { shop async throws in
        let token = try store.signer.token(CustomerShop.claims(store.address.canonical))
        let answer = try JSONParser.parse(try await CustomerShop.me(shop, token).body)
        let code = try #require(answer["code"].asString)
        let authority = String(store.address.canonical.split(separator: "/")[1])
        #expect(
          answer["link"].asString == "https://laurel.example.com/r/\(code)?store=\(authority)")
        #expect(
          try await shop.count(
            """
            SELECT count(*) AS count FROM referral_codes WHERE store_id <> \(shop.store.value)
            """) == 1)
        #expect(try await CustomerShop.me(shop, token, query: "?store=\(authority)").status == 200)
        #expect(
          try await CustomerShop.me(shop, token, query: "?store=\(shop.storeURL)").status == 401)
        // Signed by the one store, it says that it is of the other.
        await shop.sandbox.publish(keySet: try SandboxSigner().keySet)
        let stray = try store.signer.token(CustomerShop.claims(shop.storeURL))
        #expect(try await CustomerShop.me(shop, stray).status == 503)
      }
    }
  }
}
