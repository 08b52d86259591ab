import Domain
import FoundationEssentials
import Ledger
import Postgres
import SaleorAPI
import Sandbox
import Testing
import Work

/// Customers whose accounts were deleted.
@Suite struct EraseTests {
  /// Tells Laurel that a customer's account was deleted, as recorded queries ask for it.
  static func tell(
    _ shop: TestShop, _ event: String = "AccountDeleted", id: String, email: String
  ) async throws {
    let body = """
      {"__typename": "\(event)", "issuedAt": "2026-11-21T08:00:00.000000+00:00", \
      "user": {"id": "\(id)", "email": "\(email)"}}
      """
    let answer = try await shop.deliver(Array(body.utf8), path: "/webhooks/saleor")
    #expect(answer.status == 200)
    #expect(answer.json["status"] == "accepted")
  }

  /// Waits until the customer of whom was told is erased.
  static func awaitErasure(_ shop: TestShop) async throws {
    try await shop.eventually("the customer is not erased") {
      try await shop.count(
        "SELECT count(*) AS count FROM erasures WHERE next_check_at IS NULL AND erased_at IS NOT NULL"
      ) == 1
    }
  }

  /// Every row of the ledger in which a text stands, in whatever column, bodies too.
  static func traces(_ shop: TestShop, of text: String) async throws -> [String] {
    let tables = try await shop.pool.rows(
      "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    ) { row in try row.decode("tablename", as: String.self) }
    var found: [String] = []
    for table in tables {
      let column = table == "inbox_bodies" ? "convert_from(body, 'UTF8')" : "to_jsonb(t)::text"
      found += try await shop.pool.rows(
        Query(
          text: "SELECT '\(table): ' || \(column) AS trace FROM \(table) AS t "
            + "WHERE \(column) ILIKE '%\(text)%'")
      ) { row in try row.decode("trace", as: String.self) }
    }
    return found
  }

  @Test(arguments: ["AccountDeleted", "CustomerDeleted"])
  func nothingPersonalOfABuyerIsLeftAndHeIsStillReferredOnce(event: String) async throws {
    let environment = ["REFERRAL_NEW_CUSTOMERS_ONLY": "false"]
    try await TestShop.open(environment: environment) { shop async throws in
      try await shop.issueAlicesCode()
      _ = try await BindingTests.register(
        shop, id: "VXNlcjoy", email: "Bob@example.com", code: "ALICE10")
      try await shop.settle()
      let orders = [
        DecisionTests.paid(1, email: "bob+shop@example.com", user: "VXNlcjoy", code: nil),
        DecisionTests.paid(2, email: "bob@example.com", code: "ALICE10"),
      ]
      let before = try await DecisionTests.standings(shop, orders)
      #expect(before.map { $0?.state } == ["rewarded", "rejected"])
      #expect(try await !Self.traces(shop, of: "bob").isEmpty)
      // An address and a number of his order, and those of the guest's.
      #expect(try await shop.count("SELECT count(*) FROM traces") == 4)

      try await Self.tell(shop, event, id: "VXNlcjoy", email: "bob@example.com")
      try await Self.awaitErasure(shop)
      #expect(try await shop.count("SELECT count(*) FROM traces") == 0)
      // Refusals name an address by its first letter and its domain.
      let traces = try await Self.traces(shop, of: "bob")
      #expect(traces.isEmpty, "\(traces)")
      let states = try await shop.pool.rows("SELECT state FROM referrals ORDER BY id") { row in
        try row.decode("state", as: String.self)
      }
      #expect(states == ["rewarded", "rejected"])
      #expect(try await shop.count("SELECT count(*) FROM rewards WHERE status = 'issued'") == 1)
      #expect(try await shop.count("SELECT count(*) FROM bindings") == 0)
      // The same bytes again are still a duplicate.
      let repeated = try await shop.deliver(shop.body(.orderFullyPaid, orders[0]))
      #expect(repeated.json["status"] == "duplicate")

      // He comes back under his old mailbox, as somebody else to the store.
      let again = try await DecisionTests.standings(
        shop, [DecisionTests.paid(3, email: "bob@example.com", user: "VXNlcjo5")])
      #expect(again.map { $0?.rule } == ["code_once_per_buyer"])
      #expect(await shop.sandbox.cards.count == 1)
    }
  }

  @Test func aBuyerWhoWasErasedIsNoNewCustomer() async throws {
    let environment = ["REFERRAL_NEW_CUSTOMERS_ONLY": "true"]
    try await TestShop.open(environment: environment) { shop async throws in
      try await shop.issueAlicesCode()
      // The store finds no orders by mailbox: that they are one only the ledger knows.
      let plain = DecisionTests.paid(1, email: "bob+shop@example.com", user: "VXNlcjoy", code: nil)
      _ = try await DecisionTests.standings(shop, [plain])
      try await Self.tell(shop, id: "VXNlcjoy", email: "bob@example.com")
      try await Self.awaitErasure(shop)
      #expect(try await Self.traces(shop, of: "bob").isEmpty)
      let later = try await DecisionTests.standings(
        shop, [DecisionTests.paid(2, email: "bob@example.com", user: "VXNlcjo5")])
      #expect(later.map { $0?.rule } == ["new_customer"])
    }
  }

  @Test(arguments: [nil, "bob@example.com"])
  func aBuyerIsForgottenByWhatTheManifestAsksFor(email: String?) async throws {
    let environment = ["REFERRAL_NEW_CUSTOMERS_ONLY": "true"]
    try await TestShop.open(environment: environment) { shop async throws in
      try await shop.issueAlicesCode()
      // By an order of his account; with the address, that of a guest is his too.
      let plain = DecisionTests.paid(
        1, email: "bob@example.com", user: email == nil ? "VXNlcjoy" : nil, code: nil)
      _ = try await DecisionTests.standings(shop, [plain])
      // The store itself cannot tell any more whose it was.
      await shop.sandbox.put(DecisionTests.paid(1, email: "carol@example.com", code: nil))
      #expect(try await !Self.traces(shop, of: "bob").isEmpty)

      let version = try #require(StoreVersion("3.23"))
      let webhook = try #require(
        WebhookSubscription.all(for: version, permissions: AppPermission.allCases)
          .first { $0.events.contains("ACCOUNT_DELETED") })
      let query = try #require(SandboxSubscription(webhook.query))
      let app = await shop.sandbox.app.id
      // A store of 3.23 tells of both; the second one changes nothing any more.
      for event in ["AccountDeleted", "CustomerDeleted"] {
        let body = query.body(of: [
          "__typename": .string(event), "issuedAt": "2026-11-21T08:00:00.000000+00:00",
          "version": "3.23.20", "recipient": ["id": .string(app)],
          "user": ["id": "VXNlcjoy", "email": email.map(JSONValue.string) ?? .null],
        ])
        let answer = try await shop.deliver(body, path: "/webhooks/saleor")
        #expect(answer.json["status"] == "accepted")
        try await shop.settle()
        try await Self.awaitErasure(shop)
      }
      let traces = try await Self.traces(shop, of: "bob")
      #expect(traces.isEmpty, "\(traces)")
      let later = try await DecisionTests.standings(
        shop, [DecisionTests.paid(2, email: "bob@example.com", user: "VXNlcjo5")])
      #expect(later.map { $0?.rule } == ["new_customer"])
    }
  }

  @Test func theCodeOfAReferrerIsOutOfForceAndHisOpenRewardsEnd() async throws {
    let environment = ["LAUREL_ROLLOUT": "manual"]
    try await TestShop.open(environment: environment) { shop async throws in
      try await shop.issueAlicesCode()
      let order = DecisionTests.paid(1, email: "bob@example.com")
      await shop.sandbox.put(order)
      _ = try await shop.deliver(shop.body(.orderFullyPaid, order))
      try await shop.eventually("no reward is owed") {
        try await shop.count("SELECT count(*) FROM rewards WHERE status = 'pending'") == 1
      }
      try await Self.tell(shop, id: "VXNlcjox", email: "alice@example.com")
      try await Self.awaitErasure(shop)
      #expect(try await Self.traces(shop, of: "alice@").isEmpty)
      #expect(
        try await shop.count(
          """
          SELECT count(*) FROM rewards
          WHERE status = 'rejected' AND rejection_reason = \(ErasureRepository.reason)
          """) == 1)
      #expect(
        try await shop.count("SELECT count(*) FROM referral_codes WHERE status = 'disabled'") == 1)
      let later = try await DecisionTests.standings(
        shop, [DecisionTests.paid(2, email: "carol@example.com")])
      #expect(later.map { $0?.state } == ["rejected"])
      #expect(await shop.sandbox.cards.isEmpty)
    }
  }

  @Test func aLetterThatHasNotGoneOutEnds() async throws {
    let environment = ["LAUREL_DELIVERY": "store"]
    try await TestShop.open(
      environment: environment,
      work: {
        $0.letterRetry = .init(base: .seconds(60), cap: .seconds(60));
        $0.letterWaits = [.seconds(60)]
      }
    ) { shop async throws in
      try await shop.issueAlicesCode()
      let order = DecisionTests.paid(1, email: "bob@example.com")
      await shop.sandbox.put(order)
      _ = try await shop.deliver(shop.body(.orderFullyPaid, order))
      try await shop.eventually("no letter waits") {
        try await shop.count(
          "SELECT count(*) FROM letters WHERE status = 'waiting' AND attempts > 0 AND lease_until IS NULL"
        ) == 1
      }
      try await Self.tell(shop, id: "VXNlcjox", email: "alice@example.com")
      try await Self.awaitErasure(shop)
      #expect(try await shop.count("SELECT count(*) FROM letters WHERE status = 'failed'") == 1)
      #expect(try await shop.count("SELECT count(*) FROM rewards WHERE status = 'issued'") == 1)
    }
  }

  @Test func aDeletionThatNeverHappenedErasesNothing() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      await shop.sandbox.put(profile: SandboxProfile(firstName: "Alice"), user: "VXNlcjox")
      try await Self.tell(shop, id: "VXNlcjox", email: "alice@example.com")
      try await shop.eventually("the store is not asked") {
        await shop.sandbox.calls["user"] ?? 0 >= 2
      }
      #expect(
        try await shop.count("SELECT count(*) FROM referral_codes WHERE status = 'active'") == 1)
      #expect(try await shop.count("SELECT count(*) FROM erasures WHERE erased_at IS NULL") == 1)
    }
  }

  @Test func aDeletionThatIsToldBeforeTheCreationHolds() async throws {
    try await TestShop.open(environment: ["LAUREL_CODES": "every_customer"]) { shop async throws in
      try await shop.issueAlicesCode()
      try await Self.tell(shop, id: "VXNlcjoy", email: "bob@example.com")
      try await Self.awaitErasure(shop)
      _ = try await BindingTests.register(
        shop, id: "VXNlcjoy", email: "bob@example.com", code: "ALICE10")
      try await shop.eventually("the late newcomer is not erased") {
        let codes = try await shop.count(
          "SELECT count(*) FROM referral_codes WHERE status = 'disabled'")
        let traces = try await Self.traces(shop, of: "bob")
        return codes == 1 && traces.isEmpty
      }
      #expect(try await shop.count("SELECT count(*) FROM bindings") == 0)
    }
  }

  @Test func aStoreThatCannotBeAskedDelaysIt() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      await shop.sandbox.inject([.httpStatus(500), .permissionDenied], on: "user")
      try await Self.tell(shop, id: "VXNlcjox", email: "alice@example.com")
      try await Self.awaitErasure(shop)
      #expect(await shop.sandbox.calls["user"] ?? 0 >= 3)
    }
  }

  @Test func aBodyWithoutAQueryIsGenuineAndNotUsed() async throws {
    try await TestShop.open { shop async throws in
      for (number, body) in [#"{"id": "VXNlcjox"}"#, #"[{"id": "VXNlcjox"}]"#].enumerated() {
        let bytes = Array(body.utf8)
        let answer = try await shop.post(
          "/webhooks/saleor", bytes,
          headers: [
            ("Content-Type", "application/json"), ("Saleor-Event", "account_deleted"),
            ("Saleor-Signature", try TestShop.signature(of: bytes)),
          ])
        #expect(answer.json["status"] == "ignored", "\(number)")
      }
      #expect(try await shop.count("SELECT count(*) FROM erasures") == 0)
    }
  }
}
