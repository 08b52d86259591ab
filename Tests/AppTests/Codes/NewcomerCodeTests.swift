import App
import Domain
import FoundationEssentials
import Ledger
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Testing

/// `LAUREL_CODES=every_customer`.
@Suite struct NewcomerCodeTests {
  static let everyCustomer = ["LAUREL_CODES": "every_customer"]

  @Test func aNewcomerGetsOneCodeHoweverOftenTheStoreTellsOfHim() async throws {
    try await TestShop.open(environment: Self.everyCustomer) { shop async throws in
      let bob = SandboxCustomer(number: 46, email: "Bob@Example.com")
      await shop.sandbox.put(bob)
      let webhooks = try shop.webhooks(path: "/webhooks/customer-created")
      let first = try await webhooks.send(.customerCreated, customer: bob)
      await webhooks.sendAgain(first)
      // Told of by another webhook: other bytes, the same customer.
      try await withThrowingTaskGroup { group in
        for _ in 0..<10 {
          group.addTask { try await webhooks.send(.customerCreated, customer: bob) }
        }
        try await group.waitForAll()
      }
      try await shop.settle()
      try await shop.settleAnnouncements()
      let code = try #require(
        try await CodeRepository(shop.pool).find(store: shop.store, userID: bob.id))
      #expect(code.referrerEmail == EmailAddress("bob@example.com"))
      #expect(await shop.sandbox.customer(bob.id)?.metadata == ["ref_code": code.code.value])
      #expect(await shop.sandbox.calls["updateMetadata"] == 1)
      #expect(try await shop.count("SELECT count(*) AS count FROM referral_codes") == 1)
      #expect(try await shop.issueCode(CodeTests.wish(bob.id)).status == 200)
    }
  }

  @Test func whatANewcomerNamesIsReadBeforeHisOwnCodeTakesItsPlace() async throws {
    try await TestShop.open(environment: Self.everyCustomer) { shop async throws in
      try await shop.issueAlicesCode()
      let bob = SandboxCustomer(
        number: 46, email: "bob@example.com", metadata: ["ref_code": " alice10"])
      await shop.sandbox.put(bob)
      let webhooks = try shop.webhooks(path: "/webhooks/saleor")
      try await webhooks.send(.customerCreated, customer: bob)
      try await shop.settle()
      try await shop.settleAnnouncements()
      let own = try #require(
        try await CodeRepository(shop.pool).find(store: shop.store, userID: bob.id)?.code.value)
      #expect(own != "ALICE10")
      let written = try #require(await shop.sandbox.customer(bob.id))
      #expect(written.metadata == ["ref_code": own])
      // Told of once more with his own code in the metadata, he stays bound to Alice's.
      try await webhooks.send(.customerCreated, customer: written)
      let standings = try await DecisionTests.standings(
        shop, [DecisionTests.paid(1, email: "bob@example.com", user: bob.id, code: nil)])
      #expect(standings.map { $0?.state } == ["rewarded"])
      let named = try await shop.pool.first("SELECT ref_code FROM referrals") { row in
        try row.decode("ref_code", as: String.self)
      }
      #expect(named == "ALICE10")
    }
  }

  @Test func hisOwnCodeBindsNobody() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      _ = try await BindingTests.register(
        shop, id: "VXNlcjox", email: "alice@example.com", code: "ALICE10")
      try await shop.settle()
      #expect(try await shop.count("SELECT count(*) AS count FROM bindings") == 0)
    }
  }

  @Test func withoutAnAddressThereIsNoCode() async throws {
    try await TestShop.open(environment: Self.everyCustomer) { shop async throws in
      let bodies = [
        #"{"__typename": "CustomerCreated", "user": {"id": "VXNlcjoy"}}"#,
        #"{"__typename": "CustomerCreated", "user": {"id": "VXNlcjoz", "email": null}}"#,
        #"{"__typename": "CustomerCreated", "user": {"id": "VXNlcjo0", "email": "nobody"}}"#,
        #"{"__typename": "CustomerCreated", "user": {"id": "VXNlcjo1", "email": "e@example.com"}}"#,
      ]
      for body in bodies {
        #expect(try await shop.deliver(Array(body.utf8)).json["status"] == "accepted")
      }
      try await shop.settle()
      let users = try await shop.pool.rows("SELECT referrer_user_id FROM referral_codes") { row in
        try row.decode("referrer_user_id", as: String.self)
      }
      #expect(users == ["VXNlcjo1"])
      #expect(shop.logLines.withLockedValue { $0.joined() }.contains("without an address"))
    }
  }

  @Test func whoGetsACodeIsConfigured() throws {
    #expect(try Configuration(environment: [:]).codePolicy == .onRequest)
    #expect(try Configuration(environment: Self.everyCustomer).codePolicy == .everyCustomer)
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration(environment: ["LAUREL_CODES": "nobody"])
    }
    #expect(error?.faults == ["LAUREL_CODES must be one of: on_request, every_customer"])
  }

  @Test func onRequestNewcomersGetNone() async throws {
    try await TestShop.open { shop async throws in
      _ = try await BindingTests.register(shop, id: "VXNlcjoy", email: "b@example.com", code: nil)
      try await shop.settle()
      #expect(try await shop.count("SELECT count(*) AS count FROM referral_codes") == 0)
    }
  }
}
