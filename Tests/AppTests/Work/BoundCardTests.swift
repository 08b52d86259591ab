import Domain
import FoundationEssentials
import Ledger
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Testing

/// Gift cards that only their owner can spend.
@Suite(.timeLimit(.minutes(3))) struct BoundCardTests {
  private static let order = DecisionTests.paid(1, email: "bob@example.com")

  /// A shop where Alice, "User:1", and Bob, "User:2", have accounts.
  private static func shop(_ body: (TestShop) async throws -> Void) async throws {
    try await TestShop.open { shop async throws in
      for (number, name) in [(1, "alice"), (2, "bob")] {
        await shop.sandbox.put(SandboxCustomer(number: number, email: "\(name)@example.com"))
      }
      try await shop.issueAlicesCode()
      try await body(shop)
    }
  }

  private static func says(_ shop: TestShop, _ text: String) -> Bool {
    shop.logLines.withLockedValue { $0.contains { $0.contains(text) } }
  }

  @Test(arguments: [
    (RewardIdentity.Role.referrer, "alice@example.com"), (.friend, "bob@example.com"),
  ])
  func theOwnerIsWhoReceivesIt(_ role: RewardIdentity.Role, _ owner: String) async throws {
    try await Self.shop { shop async throws in
      try await shop.owe(Self.order, [try .spring(.giftCard, 8, for: role) { $0.isBound = true }])
      try await shop.waitForRewards(1, .issued)
      let card = try #require(await shop.sandbox.cards.first)
      #expect(card.assignedTo?.email == owner)
      #expect(card.privateMetadata["laurel.campaign"] == "spring")
      #expect(card.privateMetadata["laurel.role"] == (role == .friend ? "friend" : nil))
      #expect(Set(card.metadata.keys) == ["laurel.reward_id"])
      #expect(!Self.says(shop, "not bound"))
    }
  }

  @Test func anOlderStoreMakesAPlainOneAndTheLogSaysSo() async throws {
    try await Self.shop { shop async throws in
      await shop.sandbox.set(schemaVersion: "3.22")
      try await shop.owe(Self.order, [try .spring(.giftCard, 8) { $0.isBound = true }])
      try await shop.waitForRewards(1, .issued)
      #expect(await shop.sandbox.cards.map(\.assignedTo) == [nil])
      #expect(Self.says(shop, "a store of 3.22 cannot bind gift cards"))
    }
  }

  @Test func aGuestGetsAPlainOneAndTheLogSaysSo() async throws {
    try await Self.shop { shop async throws in
      try await shop.owe(
        Self.order, [try .spring(.giftCard, 8, for: .friend) { $0.isBound = true }], buyerID: nil)
      try await shop.waitForRewards(1, .issued)
      #expect(await shop.sandbox.cards.map(\.assignedTo) == [nil])
      #expect(Self.says(shop, "its owner has no account"))
    }
  }

  @Test func anOwnerWhomTheStoreDoesNotKnowYetIsWaitedFor() async throws {
    try await Self.shop { shop async throws in
      await shop.sandbox.remove(customer: TestShop.buyerID)
      try await shop.owe(
        Self.order, [try .spring(.giftCard, 8, for: .friend) { $0.isBound = true }])
      try await shop.eventually("it is not tried") {
        try await shop.count(
          """
          SELECT count(*) AS count FROM rewards WHERE status = 'pending' AND attempts > 1
            AND last_error LIKE '%the store knows no customer%'
          """) == 1
      }
      #expect(
        await shop.sandbox.cards.isEmpty, "nobody was promised a card for whoever has the code")
      await shop.sandbox.put(SandboxCustomer(number: 2, email: "bob@example.com"))
      try await shop.waitForRewards(1, .issued)
      #expect(await shop.sandbox.cards.map(\.assignedTo?.email) == ["bob@example.com"])
    }
  }

  @Test func aCardThatWasMadeIsFoundWhenItsOwnerIsGone() async throws {
    try await Self.shop { shop async throws in
      await shop.sandbox.inject([.noAnswerAfterSave], on: "giftCardCreate")
      await shop.sandbox.inject(
        Array(repeating: .httpStatus(500), count: 1000), on: "giftCards")
      try await shop.owe(
        Self.order, [try .spring(.giftCard, 8, for: .friend) { $0.isBound = true }])
      try await shop.eventually("no card is made") { await shop.sandbox.cards.count == 1 }
      await shop.sandbox.remove(customer: TestShop.buyerID)
      await shop.sandbox.behave()
      try await shop.waitForRewards(1, .issued)
      #expect(await shop.sandbox.cards.count == 1)
    }
  }

  @Test func theCardOfADeletedOwnerIsReportedAsSwitchedOff() async throws {
    try await Self.shop { shop async throws in
      try await shop.owe(
        Self.order, [try .spring(.giftCard, 8, for: .friend) { $0.isBound = true }])
      try await shop.waitForRewards(1, .issued)
      await shop.sandbox.remove(customer: TestShop.buyerID)
      try await shop.pool.execute("UPDATE rewards SET next_look_at = now()")
      try await shop.eventually("nobody notices") {
        Self.says(shop, "it is switched off at the store")
      }
    }
  }
}
