import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing
import Work

/// What staff find at the store of its orders and customers.
@Suite struct NoteTests {
  /// Opens a shop that writes notes `delay` after a change; Alice, "User:1", has the code ALICE10.
  static func open(
    _ environment: [String: String] = [:], delay: Duration = .milliseconds(100),
    _ body: (TestShop) async throws -> Void
  ) async throws {
    try await TestShop.open(
      environment: ["LAUREL_NOTES": "on"].merging(environment) { $1 },
      work: { $0.noteDelay = delay }
    ) { shop in
      await shop.sandbox.put(AnnouncementTests.alice)
      try await shop.issueAlicesCode()
      try await body(shop)
    }
  }

  /// Pays one order of Bob's with Alice's code, and waits until the notes are written.
  @discardableResult
  private static func reward(
    _ shop: TestShop, _ number: Int = 1, email: String = "bob@example.com"
  ) async throws -> SandboxOrder {
    let order = DecisionTests.paid(number, email: email)
    let standings = try await DecisionTests.standings(shop, [order])
    #expect(standings.map { $0?.state } == ["rewarded"])
    try await shop.settleNotes()
    return order
  }

  @Test func anOrdersNoteFollowsItsLife() async throws {
    try await Self.open { shop async throws in
      let order = SandboxOrder.unpaid(
        number: 1, total: 20, email: "bob@example.com", metadata: ["ref_code": "ALICE10"])
      await shop.sandbox.put(order)
      #expect(try await shop.deliver(shop.body(.orderConfirmed, order)).status == 200)
      try await shop.eventually("the order is not noted") {
        await shop.note(order) != nil
      }
      try await shop.settleNotes()
      #expect(
        await shop.note(order)
          == ["referral.state": "tracked", "referral.code": "ALICE10", "referral.reason": "-"])
      // Of an order that only waits nothing is told of the referrer.
      #expect(await shop.note(ofCustomer: AnnouncementTests.alice.id) == [:])

      let paid = try #require(await shop.sandbox.pay(order: order.id))
      #expect(try await shop.deliver(shop.body(.orderFullyPaid, paid)).status == 200)
      try await shop.settle()
      try await shop.settleNotes()
      #expect(await shop.note(order)?["referral.state"] == "rewarded")
      #expect(await shop.note(order)?["referral.reason"] == "-")
      #expect(
        await shop.note(ofCustomer: AnnouncementTests.alice.id)
          == ["referral.referrals": "1", "referral.rewards": "1"])

      await shop.sandbox.cancel(order: order.id)
      try await TakeBackTests.tell(shop, "OrderCancelled", order.id)
      try await shop.waitForRewards(1, .revoked)
      try await shop.settleNotes()
      #expect(await shop.note(order)?["referral.state"] == "rejected")
      #expect(await shop.note(order)?["referral.reason"] == "order 1 is CANCELED")
      #expect(
        await shop.note(ofCustomer: AnnouncementTests.alice.id)
          == ["referral.referrals": "0", "referral.rewards": "0"])
      // What staff or other Apps have written there is left alone.
      #expect(await shop.sandbox.order(order.id)?.metadata == ["ref_code": "ALICE10"])
    }
  }

  @Test func anOrderWhoseRewardWaitsIsApproved() async throws {
    try await Self.open(["LAUREL_ROLLOUT": "off"]) { shop async throws in
      let order = DecisionTests.paid(1, email: "bob@example.com")
      await shop.sandbox.put(order)
      #expect(try await shop.deliver(shop.body(.orderFullyPaid, order)).status == 200)
      try await shop.waitForRewards(1, .pending)
      try await shop.settleNotes()
      #expect(await shop.note(order)?["referral.state"] == "approved")
      #expect(
        await shop.note(ofCustomer: AnnouncementTests.alice.id)
          == ["referral.referrals": "1", "referral.rewards": "0"])
    }
  }

  /// Whatever changes a row is seen, as by a person's verdict or a campaign.
  @Test(
    arguments: [
      (
        """
        state = 'tracked', next_check_at = now() + interval '1 day', rule = 'order_paid',
        reason = 'order 1 is not paid'
        """, "tracked", "-"
      ),
      (
        """
        state = 'tracked', next_check_at = now() + interval '1 day', rule = 'hold',
        reason = 'waits', held_until = '2030-01-31 12:00:00+00'
        """, "held", "rewards are held back until 2030-01-31T12:00:00Z"
      ),
      (
        """
        state = 'review', next_check_at = now() + interval '1 day', rule = 'shared_card',
        reason = 'the card is known', review_until = now() + interval '1 day'
        """, "review", "the card is known"
      ),
      ("state = 'rejected', rule = 'manual', reason = 'a friend'", "rejected", "a friend"),
      ("reason = 'the 2nd order earns nothing'", "rewarded", "the 2nd order earns nothing"),
    ]) func everyStateHasItsWord(change: String, state: String, reason: String) async throws
  {
    try await Self.open { shop async throws in
      let order = try await Self.reward(shop)
      try await shop.pool.execute(
        Query(text: "UPDATE referrals SET campaign_id = 'spring', \(change)"))
      try await shop.settleNotes()
      #expect(
        await shop.note(order) == [
          "referral.state": state, "referral.code": "ALICE10", "referral.campaign": "spring",
          "referral.reason": reason,
        ])
    }
  }

  @Test func aReasonIsCutAndThoseOfOnesThatOnlyWaitAreNotTold() async throws {
    try await Self.open { shop async throws in
      let order = try await Self.reward(shop)
      try await shop.pool.execute("UPDATE referrals SET reason = repeat('x', 600)")
      try await shop.settleNotes()
      #expect(await shop.note(order)?["referral.reason"]?.count == 500)
      try await shop.pool.execute(
        "UPDATE referrals SET state = 'tracked', next_check_at = now() + interval '1 day'")
      try await shop.settleNotes()
      let count = try await shop.count("SELECT changes AS count FROM notes WHERE subject = 'order'")
      try await shop.pool.execute("UPDATE referrals SET reason = 'the store does not answer'")
      try await shop.pool.execute("UPDATE referrals SET hints = hints + 1, checks = 4")
      #expect(try await shop.count("SELECT count(*) FROM note_changes") == 0)
      #expect(
        try await shop.count("SELECT changes AS count FROM notes WHERE subject = 'order'") == count)
    }
  }

  @Test func theFiguresAreThoseOfAllOrdersAndRewards() async throws {
    try await Self.open { shop async throws in
      let orders = [
        try await Self.reward(shop, 1, email: "bob@example.com"),
        try await Self.reward(shop, 2, email: "carol@example.com"),
      ]
      try await Self.reward(shop, 3, email: "dave@example.com")
      _ = try await DecisionTests.standings(
        shop, [DecisionTests.paid(4, email: "alice@example.com")])
      try await shop.settleNotes()
      #expect(
        await shop.note(ofCustomer: AnnouncementTests.alice.id)
          == ["referral.referrals": "3", "referral.rewards": "3"])
      // A friend's reward is none of hers, and one that is used or over is.
      try await shop.pool.execute(
        """
        UPDATE rewards SET role = CASE order_id WHEN \(orders[0].id)
          THEN 'friend' ELSE role END,
          status = CASE order_id WHEN \(orders[1].id)
          THEN 'expired' ELSE status END
        """)
      try await shop.pool.execute(
        "UPDATE rewards SET status = 'dead' WHERE role = 'referrer' AND status = 'issued'")
      try await shop.settleNotes()
      #expect(
        await shop.note(ofCustomer: AnnouncementTests.alice.id)
          == ["referral.referrals": "3", "referral.rewards": "1"])
    }
  }

  @Test func whatDidNotChangeIsNotWrittenAgain() async throws {
    try await Self.open { shop async throws in
      try await Self.reward(shop)
      _ = await shop.takeNotes()
      try await shop.pool.execute(
        "UPDATE notes SET next_attempt_at = now(), changes = changes + 1")
      try await shop.pool.execute("UPDATE referrals SET state = state, reason = reason")
      try await shop.pool.execute(
        """
        INSERT INTO note_changes (store_id, referral_id, is_about_order, is_about_referrer)
        SELECT store_id, id, true, true FROM referrals
        """)
      try await shop.settleNotes()
      #expect(await shop.takeNotes() == [])
    }
  }

  @Test func manyChangesOfAnOrderAreOneCall() async throws {
    try await Self.open(delay: .seconds(3)) { shop async throws in
      let order = try await Self.reward(shop)
      _ = await shop.takeNotes()
      for number in 1...10 {
        try await shop.pool.execute("UPDATE referrals SET reason = \("reason \(number)")")
      }
      try await shop.settleNotes()
      #expect(await shop.takeNotes() == [order.id])
      #expect(await shop.note(order)?["referral.reason"] == "reason 10")
    }
  }

  @Test func aShopThatWantsNoneHasNoneAndNoQueue() async throws {
    try await Self.open(["LAUREL_NOTES": "off"]) { shop async throws in
      let order = DecisionTests.paid(1, email: "bob@example.com")
      let standings = try await DecisionTests.standings(shop, [order])
      #expect(standings.map { $0?.state } == ["rewarded"])
      try await shop.eventually("the changes are not dropped") {
        try await shop.count("SELECT count(*) FROM note_changes") == 0
      }
      #expect(await shop.takeNotes() == [])
      #expect(try await shop.count("SELECT count(*) FROM notes") == 0)
    }
  }
}

extension TestShop {
  /// Waits until no note has to be written any more.
  func settleNotes(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    try await eventually("the notes are not written", sourceLocation: sourceLocation) {
      try await count(
        """
        SELECT (SELECT count(*) FROM note_changes)
          + (SELECT count(*) FROM notes WHERE next_attempt_at IS NOT NULL) AS count
        """) == 0
    }
  }

  /// What stands at an order for staff; `nil` when nothing does.
  func note(_ order: SandboxOrder) async -> [String: String]? {
    await sandbox.order(order.id).map(\.privateMetadata).flatMap { $0.isEmpty ? nil : $0 }
  }

  /// What stands at a customer for staff; `nil` when the store does not know him.
  func note(ofCustomer id: String) async -> [String: String]? {
    await sandbox.customer(id)?.privateMetadata
  }

  /// The ids of the orders and customers whose private metadata was written since the last call.
  func takeNotes() async -> [String] {
    let orders = await sandbox.takeOrdersWithNewMetadata().map(\.id)
    let customers = await sandbox.takeCustomerEvents().filter {
      $0.event == .customerMetadataUpdated && !$0.customer.privateMetadata.isEmpty
    }
    return orders + customers.map(\.customer.id)
  }
}
