import Domain
import FoundationEssentials
import HTTPTransport
import Ledger
import Postgres
import SaleorAPI
import Sandbox
import Signing
import Testing

@Suite struct AnnouncementTests {
  /// Alice, "User:1".
  static let alice = SandboxCustomer(
    number: 1, email: "alice@example.com", metadata: ["newsletter": "yes"])

  /// Waits until no code has to be written to the store any more; gives Alice's announcement.
  static func settle(_ shop: TestShop) async throws -> AnnouncementRepository.Standing? {
    try await shop.settleAnnouncements()
    return try await AnnouncementRepository(shop.pool).find(store: shop.store, userID: alice.id)
  }

  @Test func anIssuedCodeStandsInTheUsersMetadata() async throws {
    try await TestShop.open { shop async throws in
      await shop.sandbox.put(Self.alice)
      try await shop.issueAlicesCode()
      let standing = try #require(try await Self.settle(shop))
      #expect(standing.isAnnounced && !standing.isDue)
      #expect(standing.error == nil && standing.attempts == 1)
      #expect(
        await shop.sandbox.customer(Self.alice.id)?.metadata
          == ["newsletter": "yes", "ref_code": "ALICE10"])
      #expect(await shop.sandbox.calls["updateMetadata"] == 1)
    }
  }

  @Test(arguments: [
    [SandboxFault](repeating: .httpStatus(500), count: 5),
    [.noAnswerBeforeSave, .internalErrorBeforeSave, .permissionDenied],
    [.noAnswerAfterSave, .internalErrorAfterSave],
  ])
  func anIllStoreDelaysItAndNotTheIssue(faults: [SandboxFault]) async throws {
    try await TestShop.open { shop async throws in
      await shop.sandbox.put(Self.alice)
      await shop.sandbox.inject(faults, on: "updateMetadata")
      try await shop.issueAlicesCode()
      let standing = try #require(try await Self.settle(shop))
      #expect(standing.isAnnounced && !standing.isDue)
      // What breaks a kept connection libcurl sends once more by itself.
      #expect(standing.error == nil && (2...faults.count + 1).contains(standing.attempts))
      #expect(await shop.sandbox.customer(Self.alice.id)?.metadata["ref_code"] == "ALICE10")
    }
  }

  @Test(
    arguments: [
      // Another customer's, one that the store would not take for an id, an order's.
      (String.globalID("User", "999"), "id NOT_FOUND: Couldn't resolve user.", 1),
      ("garbage", "garbage is not the id of a user at the store", nil),
      (String.globalID("Order", "1"), "T3JkZXI6MQ== is not the id of a user at the store", nil),
    ] as [(String, String, Int?)])
  func anIdThatIsNoUsersEndsItWithAReason(
    userID: String, reason: String, calls: Int?
  ) async throws {
    try await TestShop.open { shop async throws in
      // The API takes no such id; an older version did.
      let email = try #require(EmailAddress("a@example.com"))
      _ = try await CodeDesk(store: shop.store, session: shop.pool)
        .issue(userID: userID, email: email, wished: nil)
      try await shop.settleAnnouncements()
      let standing = try #require(
        try await AnnouncementRepository(shop.pool).find(store: shop.store, userID: userID))
      #expect(!standing.isAnnounced && !standing.isDue)
      #expect(standing.error == reason && standing.attempts == 1)
      // Least of all is anything written into an order, where the code would be a claim.
      #expect(await shop.sandbox.calls["updateMetadata"] == calls)
    }
  }

  @Test func staffWhomTheTokenMayNotTouchAreGivenUpInTheEnd() async throws {
    try await TestShop.open { shop async throws in
      await shop.sandbox.put(SandboxCustomer(number: 1, email: "alice@example.com", isStaff: true))
      try await shop.issueAlicesCode()
      try await shop.eventually("nothing is tried") {
        await shop.sandbox.calls["updateMetadata", default: 0] >= 2
      }
      try await shop.pool.execute("UPDATE referral_codes SET announce_attempts = 60")
      let standing = try #require(try await Self.settle(shop))
      #expect(!standing.isAnnounced)
      #expect(standing.error?.contains("MANAGE_STAFF") == true)
      // The code itself is in force.
      #expect(try await shop.issueCode(CodeTests.wish(Self.alice.id)).json["status"] == "active")
    }
  }

  @Test func theStoresEventsAboutItHaveNoEcho() async throws {
    try await TestShop.open(environment: ["LAUREL_CODES": "every_customer"]) {
      shop async throws in
      await shop.sandbox.put(Self.alice)
      try await shop.issueAlicesCode()
      _ = try await Self.settle(shop)
      let events = await shop.sandbox.takeCustomerEvents()
      #expect(events.map(\.event) == [.customerUpdated, .customerMetadataUpdated])
      let webhooks = try shop.webhooks(path: "/webhooks/customer-created")
      for event in events {
        let record = try await webhooks.send(event.event, customer: event.customer)
        #expect(record.outcome == .delivered)
      }
      try await shop.settle()
      _ = try await Self.settle(shop)
      #expect(await shop.sandbox.takeCustomerEvents().isEmpty)
      #expect(await shop.sandbox.calls["updateMetadata"] == 1)
      #expect(
        try await shop.count("SELECT count(*) AS count FROM inbox WHERE outcome = 'ignored'") == 2)
      #expect(try await shop.count("SELECT count(*) AS count FROM bindings") == 0)
    }
  }
}

extension TestShop {
  /// Waits until no code has to be written to the store any more.
  func settleAnnouncements() async throws {
    try await eventually("the codes are not announced") {
      try await count(
        "SELECT count(*) AS count FROM referral_codes WHERE announce_at IS NOT NULL") == 0
    }
  }

  /// The sandbox store's webhooks to a path of this Laurel.
  func webhooks(path: String) throws -> SandboxWebhooks {
    let transport = transport
    return SandboxWebhooks(
      app: SandboxApp(),
      settings: .init(targetURL: url + path, domain: "127.0.0.1:8800", apiURL: storeURL),
      sign: { try TestShop.signature(of: $0) },
      deliver: { delivery in
        // libcurl writes these two itself.
        let headers = delivery.headers.filter { $0.name != "Content-Length" && $0.name != "Host" }
        return try await transport.send(
          HTTPRequest(
            method: .post, url: delivery.url, headers: headers, body: delivery.body,
            reach: .anywhere)
        ).status
      })
  }
}
