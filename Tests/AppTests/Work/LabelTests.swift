import FoundationEssentials
import Ledger
import MailTesting
import Postgres
import Sandbox
import Testing

/// The store writes a whole card, the balance too, when it puts a tag on it: that never happens
/// while somebody may be spending it.
@Suite struct LabelTests {
  @Test func theLetterWaitsForTheTagThatIsUnderWay() async throws {
    try await MailServer.run { server in
      try await DeliverByMailTests.shop(port: server.port) { shop async throws in
        await shop.sandbox.inject([.delay(.seconds(2))], on: "giftCardUpdate")
        let order = try await DeliverByMailTests.pay(shop)
        _ = try await server.mails()
        #expect(await shop.sandbox.cards.map { $0.tags.map(\.name) } == [["referral"]])
        #expect(try await shop.settleLetters(order).rewards == ["delivered"])
      }
    }
  }

  @Test func theLetterDoesNotWaitForATagThatFails() async throws {
    try await MailServer.run { server in
      try await DeliverByMailTests.shop(port: server.port) { shop async throws in
        await shop.sandbox.inject(
          Array(repeating: .internalErrorBeforeSave, count: 40), on: "giftCardUpdate")
        let order = try await DeliverByMailTests.pay(shop)
        #expect(try await shop.settleLetters(order).rewards == ["delivered"])
      }
    }
  }

  @Test func aCardWhoseCodeIsKnownIsNotTagged() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let order = DecisionTests.paid(1, email: "bob@example.com")
      _ = try await DecisionTests.standings(shop, [order])
      #expect(await shop.sandbox.calls["giftCardUpdate"] == 1)
      // As when the letter went out between two attempts.
      try await shop.pool.execute(
        "UPDATE rewards SET status = 'delivered', next_attempt_at = now(), attempts = 3")
      try await shop.settle()
      #expect(await shop.sandbox.calls["giftCardUpdate"] == 1)
      let reward = try await RewardRepository(shop.pool)
        .find(store: shop.store, orderID: order.id).first
      #expect(reward?.status == "delivered")
      #expect(reward?.lastError == "the card has no tag: the letter was faster")
    }
  }
}
