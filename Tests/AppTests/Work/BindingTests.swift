import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing

@Suite struct BindingTests {
  /// Tells Laurel of a newcomer.
  static func register(
    _ shop: TestShop, id: String, email: String, code: String?
  ) async throws -> String? {
    let metadata = code.map { #"[{"key": "ref_code", "value": "\#($0)"}]"# } ?? "[]"
    let body = """
      {"__typename": "CustomerCreated", "user": {"id": "\(id)", "email": "\(email)", \
      "metadata": \(metadata)}}
      """
    return try await shop.deliver(
      Array(body.utf8), path: "/webhooks/customer-created"
    ).json["status"]
  }

  @Test func aNewcomersLaterOrderCounts() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      #expect(
        try await Self.register(shop, id: "VXNlcjoy", email: "bob@example.com", code: " alice10")
          == "accepted")
      try await shop.settle()
      let standings = try await DecisionTests.standings(
        shop,
        [
          DecisionTests.paid(1, email: "other@example.com", user: "VXNlcjoy", code: nil),
          DecisionTests.paid(2, email: "stranger@example.com", code: nil),
        ])
      #expect(standings.map { $0?.state } == ["rewarded", nil])
      #expect(await shop.sandbox.cards.count == 1)
    }
  }

  @Test func anOrderAsAGuestCountsByItsMailbox() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      _ = try await Self.register(shop, id: "VXNlcjoy", email: "b.ob@gmail.com", code: "ALICE10")
      try await shop.settle()
      let standings = try await DecisionTests.standings(
        shop, [DecisionTests.paid(1, email: "Bob+shop@googlemail.com", code: nil)])
      #expect(standings.map { $0?.state } == ["rewarded"])
    }
  }

  /// The store delivers in any sequence.
  @Test(arguments: [nil, "VXNlcjoy"])
  func anOrderThatCameBeforeTheRegistrationIsFollowed(user: String?) async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let now = Date()
      func register(_ id: String, _ email: String, at time: Date) async throws {
        let body = """
          {"__typename": "CustomerCreated", "issuedAt": "\(time.formatted(.iso8601))", \
          "user": {"id": "\(id)", "email": "\(email)", \
          "metadata": [{"key": "ref_code", "value": "ALICE10"}]}}
          """
        #expect(try await shop.deliver(Array(body.utf8)).json["status"] == "accepted")
        try await shop.settle()
      }
      let order = SandboxOrder.paid(
        number: 1, total: 20, email: "bob@example.com", userID: user, created: now - 60)
      // Registered and bought before the store was connected.
      let past = SandboxOrder.paid(
        number: 3, total: 20, email: "dave@example.com", userID: "VXNlcjo0", created: now - 7200)
      try await shop.pool.execute(
        "UPDATE stores SET created_at = now() - interval '1 hour'")
      // Bought as a guest, and registered afterwards.
      let earlier = SandboxOrder.paid(
        number: 2, total: 20, email: "carol@example.com", created: now - 200)
      #expect(try await DecisionTests.standings(shop, [order, earlier, past]) == [nil, nil, nil])
      try await register("VXNlcjoy", "bob@example.com", at: now - 120)
      try await register("VXNlcjoz", "carol@example.com", at: now - 120)
      try await register("VXNlcjo0", "dave@example.com", at: now - 7300)
      try await shop.eventually("not followed") { await shop.sandbox.cards.count == 1 }
      try await shop.settle()
      let referrals = ReferralRepository(shop.pool)
      #expect(
        try await referrals.find(store: shop.store, orderID: order.id)?.state == "rewarded")
      #expect(try await referrals.find(store: shop.store, orderID: earlier.id) == nil)
      #expect(try await referrals.find(store: shop.store, orderID: past.id) == nil)
      #expect(await shop.sandbox.cards.count == 1)
    }
  }

  @Test func theOrdersOwnCodeGoesFirst() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      _ = try await shop.issueCode(
        #"{"user_id": "VXNlcjo5", "email": "carol@example.com", "code": "CAROL10"}"#)
      _ = try await Self.register(shop, id: "VXNlcjoy", email: "b@example.com", code: "ALICE10")
      try await shop.settle()
      _ = try await DecisionTests.standings(
        shop,
        [DecisionTests.paid(1, email: "b@example.com", user: "VXNlcjoy", code: "CAROL10")])
      let code = try await shop.pool.first("SELECT ref_code FROM referrals") { row in
        try row.decode("ref_code", as: String.self)
      }
      #expect(code == "CAROL10")
    }
  }

  @Test func theFirstClaimStaysAndRunsOut() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      for code in ["ALICE10", "OTHER10"] {
        _ = try await Self.register(shop, id: "VXNlcjoy", email: "b@example.com", code: code)
        try await shop.settle()
      }
      #expect(
        try await shop.count(
          "SELECT count(*) AS count FROM bindings WHERE ref_code = 'ALICE10'") == 1)
      #expect(
        try await shop.count(
          """
          SELECT count(*) AS count FROM bindings
          WHERE expires_at BETWEEN now() + interval '29 days' AND now() + interval '31 days'
          """) == 1)
      try await shop.pool.execute("UPDATE bindings SET expires_at = now() - interval '1 second'")
      let standings = try await DecisionTests.standings(
        shop, [DecisionTests.paid(1, email: "b@example.com", user: "VXNlcjoy", code: nil)])
      #expect(standings == [nil])
      #expect(await shop.sandbox.cards.isEmpty)
    }
  }

  @Test func aNewcomerWithoutACodeIsBoundToNothing() async throws {
    try await TestShop.open { shop async throws in
      for code in [nil, "", "no code at all"] {
        _ = try await Self.register(
          shop, id: "VXNlcjo\(code?.count ?? 99)", email: "b@example.com", code: code)
      }
      try await shop.settle()
      #expect(try await shop.count("SELECT count(*) AS count FROM bindings") == 0)
      #expect(
        try await shop.count(
          "SELECT count(*) AS count FROM inbox WHERE outcome = 'invalid_code'") == 1)
    }
  }

  @Test func recordedNewcomersAreBoundAlikeWithAndWithoutAQuery() async throws {
    for part in ["0037-customer_created--sub-hmac", "0035-customer_created--legacy-hmac"] {
      try await TestShop.open { shop async throws in
        let recording = try #require(try Recording.all(part).first)
        let answer = try await shop.post(
          "/webhooks/customer-created", recording.body, headers: recording.sentHeaders)
        #expect(answer.json["status"] == "accepted")
        try await shop.settle()
        #expect(
          try await shop.count(
            """
            SELECT count(*) AS count FROM bindings WHERE customer_id = 'VXNlcjo0Ng=='
              AND mailbox = 'bob.ref@example.com' AND ref_code = 'ALICE10'
            """) == 1)
      }
    }
  }
}
