import FoundationEssentials
import Ledger
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Testing
import Work

/// Letters that the store sends.
@Suite struct DeliverByStoreTests {
  /// A shop whose store sends the letters.
  static func shop(
    _ environment: [String: String] = [:], work change: (inout WorkSettings) -> Void = { _ in },
    _ body: (TestShop) async throws -> Void
  ) async throws {
    try await TestShop.open(
      environment: ["LAUREL_DELIVERY": "store"].merging(environment) { $1 }, work: change, body)
  }

  @Test func theStoreSendsTheCardOnce() async throws {
    try await Self.shop { shop async throws in
      let order = try await IssueTests.issue(shop) { await $0.set(sendsMail: true) }.order
      let (rewards, letter) = try await shop.settleLetters(order)
      #expect(rewards == ["delivered"])
      #expect(letter?.status == "sent")
      #expect(letter?.lastError == nil)
      try await shop.settle()
      let card = try #require(await shop.sandbox.cards.first)
      #expect(
        card.events.filter { $0.type == "RESENT" }.map(\.email) == ["alice@example.com"])
      #expect(card.tags.map(\.name) == ["referral"])
      #expect(await shop.sandbox.calls["giftCardResend"] == 1)
      try await shop.expectSilence(about: [card.code, "alice@example.com"])
    }
  }

  @Test func aStoreWithoutItsPluginIsSaidAndTheRewardStaysPaid() async throws {
    try await Self.shop { shop async throws in
      let order = try await IssueTests.issue(shop) { _ in }.order
      let (rewards, letter) = try await shop.settleLetters(order)
      #expect(rewards == ["issued"])
      #expect(letter?.status == "failed")
      for word in ["3 times", "e-mail plugin", "default-channel", "SMTP_URL"] {
        #expect(letter?.lastError?.contains(word) == true)
      }
      #expect(await shop.sandbox.calls["giftCardResend"] == 3)
      try await shop.settle()
      let referral = try await ReferralRepository(shop.pool).find(
        store: shop.store, orderID: order.id)
      #expect(referral?.state == "rewarded")
    }
  }

  @Test(arguments: [
    (SandboxFault.noAnswerAfterSave, 1), (.internalErrorAfterSave, 1), (.noAnswerBeforeSave, 2),
    (.httpStatus(500), 2), (.internalErrorBeforeSave, 2),
  ])
  func aLostAnswerSendsNothingTwice(fault: SandboxFault, requests: Int) async throws {
    try await Self.shop { shop async throws in
      let order = try await IssueTests.issue(shop) { store in
        await store.set(sendsMail: true)
        await store.inject([fault], on: "giftCardResend")
      }.order
      let (rewards, letter) = try await shop.settleLetters(order)
      #expect(rewards == ["delivered"])
      #expect(letter?.status == "sent")
      #expect(await shop.sandbox.calls["giftCardResend"] == requests)
      let card = try #require(await shop.sandbox.cards.first)
      #expect(card.events.count { $0.type == "RESENT" } == 1)
    }
  }

  @Test func aStoreThatIsIllDelaysTheLetterOnly() async throws {
    try await Self.shop { shop async throws in
      let order = try await IssueTests.issue(shop) { store in
        await store.set(sendsMail: true)
        await store.inject(
          [.httpStatus(500), .noAnswerBeforeSave, .permissionDenied, .httpStatus(502)],
          on: "giftCard")
      }.order
      #expect(try await shop.settleLetters(order).rewards == ["delivered"])
      #expect(await shop.sandbox.calls["giftCardResend"] == 1)
    }
  }

  @Test func aLetterThatTheStoreSendsLateIsAskedForOnce() async throws {
    try await Self.shop(work: { $0.letterWaits = [.seconds(3), .seconds(60)] }) {
      shop async throws in
      let order = try await IssueTests.issue(shop) { _ in }.order
      try await shop.eventually("the store was not asked") {
        try await shop.count("SELECT count(*) AS count FROM letters WHERE unconfirmed = 1") == 1
      }
      let card = try #require(await shop.sandbox.cards.first)
      await shop.sandbox.noteLetter(card: card.id, to: "Alice@example.com")
      #expect(try await shop.settleLetters(order).rewards == ["delivered"])
      #expect(await shop.sandbox.calls["giftCardResend"] == 1)
    }
  }

  @Test func aLetterToSomebodyElseIsNotOurs() async throws {
    try await Self.shop { shop async throws in
      let order = try await IssueTests.issue(shop) { _ in }.order
      let card = try #require(await shop.sandbox.cards.first)
      await shop.sandbox.noteLetter(card: card.id, to: "bob@example.com")
      let (rewards, letter) = try await shop.settleLetters(order)
      #expect(rewards == ["issued"])
      #expect(letter?.status == "failed")
    }
  }

  @Test func anAddressThatTheStoreRefusesBounces() async throws {
    try await Self.shop { shop async throws in
      _ = try await shop.issueCode(
        #"{"user_id": "VXNlcjox", "email": "alice@localhost", "code": "ALICE10"}"#)
      let order = DecisionTests.paid(1, email: "friend@example.com")
      await shop.sandbox.put(order)
      _ = try await shop.deliver(shop.body(.orderFullyPaid, order))
      try await shop.settle()
      let (rewards, letter) = try await shop.settleLetters(order)
      #expect(rewards == ["issued"])
      #expect(letter?.status == "bounced")
      try await shop.expectSilence(about: ["alice@localhost"])
    }
  }

  @Test func whatCannotBeSentSaysWhy() async throws {
    try await Self.shop(work: { $0.letterWaits = [.seconds(1), .seconds(1)] }) {
      shop async throws in
      let order = try await IssueTests.issue(shop) { _ in }.order
      await shop.sandbox.set(channels: [])
      let (rewards, letter) = try await shop.settleLetters(order)
      #expect(rewards == ["issued"])
      #expect(letter?.status == "failed")
      #expect(letter?.lastError == "the store has no active channel that sells in USD")
    }
  }

  @Test func aRewardThatIsUsedAlreadyNeedsNoLetter() async throws {
    try await Self.shop(work: { $0.letterWaits = [.seconds(2), .seconds(60)] }) {
      shop async throws in
      let order = try await IssueTests.issue(shop) { _ in }.order
      try await shop.pool.execute("UPDATE rewards SET status = 'used'")
      let (rewards, letter) = try await shop.settleLetters(order)
      #expect(rewards == ["used"])
      #expect(letter?.status == "failed")
      #expect(letter?.lastError == "the reward is used already")
    }
  }

  @Test func vouchersStayIssuedAndTheLogSaysSoOnce() async throws {
    try await Self.shop(["REWARD_TYPE": "voucher"]) { shop async throws in
      let rewards = try await IssueTests.issue(shop) { _ in }.rewards
      #expect(rewards.map(\.status) == ["issued"])
      #expect(try await shop.count("SELECT count(*) FROM letters") == 0)
      let lines = shop.logLines.withLockedValue { $0.filter { $0.contains("set SMTP_URL") } }
      #expect(lines.count == 1)
    }
  }
}
