import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing
import Work

@Suite struct IssueTests {
  /// Pays one order while the store does what `prepare` tells it; gives the rewards.
  static func issue(
    _ shop: TestShop, settles: Bool = true, _ prepare: (SandboxStore) async -> Void
  ) async throws -> (order: SandboxOrder, rewards: [RewardRepository.Standing]) {
    try await shop.issueAlicesCode()
    let order = DecisionTests.paid(1, email: "friend@example.com")
    await shop.sandbox.put(order)
    await prepare(shop.sandbox)
    #expect(try await shop.deliver(shop.body(.orderFullyPaid, order)).status == 200)
    if settles { try await shop.settle() }
    return (order, try await RewardRepository(shop.pool).find(store: shop.store, orderID: order.id))
  }

  @Test func theCardCarriesTheRewardAndNothingElse() async throws {
    try await TestShop.open { shop async throws in
      let rewards = try await Self.issue(shop) { _ in }.rewards
      let card = try #require(await shop.sandbox.cards.first)
      #expect(card.metadata == ["laurel.reward_id": rewards[0].id.uuidString.lowercased()])
      #expect(card.code.count == 16)
      #expect(card.code.allSatisfy { "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".contains($0) })
      #expect(card.initialBalance == Decimal(string: "10.5"))
      #expect(card.isActive)
      #expect(rewards.map(\.giftCardID) == [card.id])
      let dump = try await shop.count(
        "SELECT count(*) AS count FROM rewards WHERE rewards::text LIKE '%' || \(card.code) || '%'")
      #expect(dump == 0, "the code is money and is not kept in the ledger")
    }
  }

  @Test(arguments: [
    [SandboxFault](repeating: .httpStatus(500), count: 5),
    [
      .internalErrorBeforeSave, .httpStatus(502), .noAnswerBeforeSave, .httpStatus(500),
      .internalErrorBeforeSave,
    ],
    [.internalErrorAfterSave], [.noAnswerAfterSave],
    [.noAnswerAfterSave, .duplicateReportedAsUnique], [.internalErrorAfterSave, .httpStatus(500)],
    [.late(.milliseconds(150))], [.permissionDenied, .permissionDenied],
    [.noAnswerBeforeSave, .noAnswerAfterSave, .internalErrorAfterSave],
  ])
  func whateverTheStoreDoesOneCardComes(faults: [SandboxFault]) async throws {
    try await TestShop.open { shop async throws in
      let rewards = try await Self.issue(shop) { store in
        await store.inject(faults, on: "giftCardCreate")
      }.rewards
      #expect(rewards.map(\.status) == ["issued"])
      try await Task.sleep(for: .milliseconds(300))
      #expect(await shop.sandbox.cards.count == 1)
      #expect(await shop.sandbox.calls["giftCardCreate", default: 0] >= 2)
    }
  }

  @Test func aReplicaThatLagsBehindDelaysAndDoublesNothing() async throws {
    try await TestShop.open { shop async throws in
      let rewards = try await Self.issue(shop) { store in
        await store.inject([.internalErrorAfterSave], on: "giftCardCreate")
        await store.inject([.staleReads(3)], on: "giftCards")
      }.rewards
      #expect(rewards.map(\.status) == ["issued"])
      #expect(await shop.sandbox.cards.count == 1)
    }
  }

  @Test func aCodeThatIsTakenAndNeverShownGoesToAHumanInTheEnd() async throws {
    try await TestShop.open { shop async throws in
      try await shop.pool.withConnection { connection in
        try await connection.script(
          """
          CREATE FUNCTION grow_old() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN NEW.first_attempt_at = now() - interval '8 days'; RETURN NEW; END $$;
          CREATE TRIGGER grow_old BEFORE INSERT ON rewards
            FOR EACH ROW EXECUTE FUNCTION grow_old();
          """)
      }
      let address = try await shop.pool.first("SELECT address FROM stores") { row in
        try row.decode("address", as: String.self)
      }
      let order = DecisionTests.paid(1, email: "friend@example.com")
      let identity = RewardIdentity(storeAddress: try #require(address), orderID: order.id)
      let keys = try #require(try RewardKeys([[UInt8](repeating: 7, count: 32)]))
      let code = try #require(try keys.code(of: identity, keyID: keys.newestID))
      await shop.sandbox.reserve(voucherCode: code)
      try await shop.issueAlicesCode()
      await shop.sandbox.put(order)
      _ = try await shop.deliver(shop.body(.orderFullyPaid, order))
      try await shop.eventually("the reward is not given up") {
        try await shop.count(
          """
          SELECT count(*) AS count FROM rewards WHERE status = 'dead'
            AND last_error = 'the code exists, but the store does not show it yet'
          """) == 1
      }
    }
  }

  @Test func aCardOfAnotherRewardUnderOurCodeGoesToAHuman() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let first = try await Self.paidOnce(shop)
      // The same order in a ledger that has forgotten everything, and a card that somebody has
      // marked as another reward's.
      await shop.sandbox.change(card: first) { $0.metadata["laurel.reward_id"] = "other" }
      try await shop.pool.execute(
        """
        UPDATE rewards SET status = 'pending', gift_card_id = NULL, next_attempt_at = now()
        """)
      try await shop.settleRewards()
      let reward = try await shop.pool.first("SELECT status, last_error FROM rewards") { row in
        (try row.decode("status", as: String.self), try row.decode("last_error", as: String?.self))
      }
      #expect(reward?.0 == "dead")
      #expect(reward?.1 == "the code belongs to reward other at the store")
      #expect(await shop.sandbox.cards.count == 1)
    }
  }

  @Test func aForgottenRewardIsFoundAgainAndNotPaidTwice() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let first = try await Self.paidOnce(shop)
      try await shop.pool.execute("DELETE FROM rewards")
      try await shop.pool.execute("DELETE FROM traces")
      try await shop.pool.execute("DELETE FROM decisions")
      try await shop.pool.execute("DELETE FROM referrals")
      try await shop.pool.execute("DELETE FROM inbox_bodies")
      try await shop.pool.execute("DELETE FROM inbox")
      let again = try await Self.paidOnce(shop)
      #expect(again == first)
      #expect(await shop.sandbox.cards.count == 1)
    }
  }

  @Test func aRefusalThatCannotHealIsADeadLetterWithItsReason() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      // More digits than the store takes: it refuses, and always will.
      try await shop.pool.withConnection { connection in
        try await connection.script(
          """
          CREATE FUNCTION split_hairs() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN NEW.amount = 1.234; RETURN NEW; END $$;
          CREATE TRIGGER split_hairs BEFORE INSERT ON rewards
            FOR EACH ROW EXECUTE FUNCTION split_hairs();
          """)
      }
      let order = DecisionTests.paid(1, email: "friend@example.com")
      await shop.sandbox.put(order)
      _ = try await shop.deliver(shop.body(.orderFullyPaid, order))
      try await shop.eventually("the reward is not owed") {
        try await shop.count("SELECT count(*) FROM rewards") == 1
      }
      try await shop.settleRewards()
      let reward = try await RewardRepository(shop.pool).find(store: shop.store, orderID: order.id)
      #expect(reward.map(\.status) == ["dead"])
      #expect(reward.first?.lastError?.contains("2 decimal places") == true)
    }
  }

  /// Pays the same order; gives the card's id.
  static func paidOnce(_ shop: TestShop) async throws -> String {
    let recording = try Recording.number("0029")
    await shop.sandbox.put(try #require(SandboxOrder(recorded: recording.body)))
    let answer = try await shop.post(
      "/webhooks/order-confirmed", recording.body, headers: recording.sentHeaders)
    #expect(answer.json["status"] == "accepted")
    try await shop.settle()
    return try #require(await shop.sandbox.cards.first?.id)
  }
}

extension TestShop {
  /// Waits until no reward has anything left to do.
  func settleRewards() async throws {
    try await eventually("the rewards do not settle") {
      try await count(
        "SELECT count(*) AS count FROM rewards WHERE next_attempt_at IS NOT NULL") == 0
    }
  }
}
