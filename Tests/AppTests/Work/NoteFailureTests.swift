import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing
import Work

/// Notes that cannot be written, and what the store says of those that were.
@Suite struct NoteFailureTests {
  private static let alice = AnnouncementTests.alice.id

  /// What changes an order's note, and that of its referrer.
  private static let rejection: Query =
    "UPDATE referrals SET state = 'rejected', rule = 'manual', reason = 'a friend'"

  private static func error(_ shop: TestShop, _ subject: String) async throws -> String? {
    try await shop.pool.first("SELECT last_error FROM notes WHERE subject = \(subject)") { row in
      try row.decode("last_error", as: String?.self)
    } ?? nil
  }

  private static func reward(_ shop: TestShop) async throws -> SandboxOrder {
    let order = DecisionTests.paid(1, email: "bob@example.com")
    let standings = try await DecisionTests.standings(shop, [order])
    #expect(standings.map { $0?.state } == ["rewarded"])
    return order
  }

  @Test(arguments: [
    [SandboxFault](repeating: .httpStatus(500), count: 8),
    [.noAnswerBeforeSave, .internalErrorBeforeSave, .permissionDenied, .permissionDenied],
    [.noAnswerAfterSave, .internalErrorAfterSave, .noAnswerAfterSave],
  ])
  func anIllStoreDelaysThem(faults: [SandboxFault]) async throws {
    try await NoteTests.open { shop async throws in
      let order = try await Self.reward(shop)
      try await shop.settleNotes()
      await shop.sandbox.inject(faults, on: "updatePrivateMetadata")
      try await shop.pool.execute(Self.rejection)
      try await shop.settleNotes()
      #expect(await shop.note(order)?["referral.state"] == "rejected")
      #expect(await shop.note(ofCustomer: Self.alice)?["referral.referrals"] == "0")
      #expect(try await Self.error(shop, "order") == nil)
      #expect(try await Self.error(shop, "customer") == nil)
    }
  }

  @Test func whatIsGoneEndsWithAReasonUntilSomethingChanges() async throws {
    try await NoteTests.open { shop async throws in
      let order = try await Self.reward(shop)
      try await shop.settleNotes()
      await shop.sandbox.remove(order: order.id)
      await shop.sandbox.remove(customer: Self.alice)
      try await shop.pool.execute(Self.rejection)
      try await shop.settleNotes()
      #expect(try await Self.error(shop, "order")?.contains("NOT_FOUND") == true)
      #expect(try await Self.error(shop, "customer") == "the store knows no such customer")
      #expect(try await shop.count("SELECT max(attempts) AS count FROM notes") == 1)

      await shop.sandbox.put(order)
      await shop.sandbox.put(AnnouncementTests.alice)
      try await shop.pool.execute("UPDATE referrals SET state = 'rewarded', reason = NULL")
      try await shop.settleNotes()
      #expect(await shop.note(order)?["referral.state"] == "rewarded")
      #expect(await shop.note(ofCustomer: Self.alice)?["referral.referrals"] == "1")
      #expect(try await Self.error(shop, "order") == nil)
      #expect(try await Self.error(shop, "customer") == nil)
    }
  }

  @Test func withoutThePermissionTheyWaitForAWeekAndTheRestGoesOn() async throws {
    try await NoteTests.open { shop async throws in
      let order = try await Self.reward(shop)
      try await shop.settleNotes()
      let granted = await shop.sandbox.app.permissions
      await shop.sandbox.remove(permission: "MANAGE_USERS")
      try await shop.pool.execute(Self.rejection)
      try await shop.eventually("the refusal is not noted") {
        try await Self.error(shop, "customer")?.hasPrefix("permission_denied") == true
      }
      try await shop.eventually("the order's note does not go on") {
        await shop.note(order)?["referral.state"] == "rejected"
      }
      // Given again, it heals by itself.
      await shop.sandbox.set(permissions: granted)
      try await shop.settleNotes()
      #expect(await shop.note(ofCustomer: Self.alice)?["referral.referrals"] == "0")

      // The last of a week's attempts.
      await shop.sandbox.remove(permission: "MANAGE_USERS")
      try await shop.pool.execute("UPDATE referrals SET state = 'rewarded', reason = NULL")
      try await shop.eventually("the refusal is not noted") {
        try await Self.error(shop, "customer")?.hasPrefix("permission_denied") == true
      }
      try await shop.pool.execute("UPDATE notes SET attempts = 60 WHERE subject = 'customer'")
      try await shop.settleNotes()
      #expect(try await Self.error(shop, "customer")?.hasPrefix("permission_denied") == true)
      #expect(await shop.note(ofCustomer: Self.alice)?["referral.referrals"] == "0")
    }
  }

  @Test func anotherObjectsIDIsNotWrittenTo() async throws {
    try await NoteTests.open { shop async throws in
      try await shop.pool.execute(
        """
        INSERT INTO referrals (store_id, order_id, ref_code, next_check_at)
        VALUES (\(shop.store.value), \(Self.alice), 'ALICE10', now() + interval '1 day')
        """)
      try await shop.settleNotes()
      #expect(
        try await Self.error(shop, "order") == "VXNlcjox is not the id of an order at the store")
      #expect(await shop.takeNotes() == [])
    }
  }

  @Test func theStoresEventsAboutThemHaveNoEcho() async throws {
    try await NoteTests.open { shop async throws in
      let order = try await Self.reward(shop)
      try await shop.settleNotes()
      let orders = await shop.sandbox.takeOrdersWithNewMetadata()
      let customers = await shop.sandbox.takeCustomerEvents()
      #expect(orders.last?.id == order.id)
      #expect(
        Set(customers.map(\.event)) == [.customerUpdated, .customerMetadataUpdated])
      let read = await shop.sandbox.calls["order"]
      let webhooks = try shop.webhooks(path: "/webhooks/saleor")
      for order in orders {
        let record = try await webhooks.send(.orderMetadataUpdated, order: order)
        #expect(record.outcome == .delivered)
      }
      for event in customers {
        let record = try await webhooks.send(event.event, customer: event.customer)
        #expect(record.outcome == .delivered)
      }
      try await shop.settle()
      try await shop.settleNotes()
      #expect(await shop.takeNotes() == [])
      #expect(await shop.sandbox.calls["order"] == read)
    }
  }

  /// An order that is still waited for is the one that a poll has read again.
  @Test func thePollThatFindsAnOrderChangedByThemHasNoEcho() async throws {
    try await NoteTests.open(["LAUREL_POLL_SECONDS": "1"]) { shop async throws in
      let rewarded = try await Self.reward(shop)
      let waiting = SandboxOrder.unpaid(
        number: 2, total: 20, email: "carol@example.com", metadata: ["ref_code": "ALICE10"])
      await shop.sandbox.put(waiting)
      try await shop.eventually("the orders are not noted") {
        let notes = [await shop.note(rewarded), await shop.note(waiting)]
        return notes.map { $0?["referral.state"] } == ["rewarded", "tracked"]
      }
      try await shop.settleNotes()
      _ = await shop.takeNotes()
      // A poll that began after all of that has read both as they are by now.
      for order in [rewarded, waiting] {
        try await shop.eventually("the poll does not see the order") {
          let changed = try #require(await shop.sandbox.order(order.id)?.changed)
          return try await shop.count(
            """
            SELECT count(*) AS count FROM inbox JOIN inbox_bodies USING (store_id, event_id)
            WHERE order_id = \(order.id) AND event = 'OrderPolled'
              AND convert_from(body, 'UTF8')::json -> 'order' ->> 'updatedAt' = \(changed)
            """) == 1
        }
      }
      let runs = await shop.sandbox.calls["orders", default: 0]
      try await shop.eventually("the poll does not go on") {
        await shop.sandbox.calls["orders", default: 0] >= runs + 2
      }
      try await shop.settleNotes()
      #expect(await shop.takeNotes() == [])
      #expect(try await shop.count("SELECT count(*) FROM referrals WHERE state = 'tracked'") == 1)
    }
  }

  @Test func twoReplicasWriteEachNoteOnce() async throws {
    try await StandingStore.open { store async throws in
      let environment = ["LAUREL_NOTES": "on"]
      try await store.laurel(environment, work: { $0.noteDelay = .seconds(2) }) { first in
        try await store.laurel(environment, work: { $0.noteDelay = .seconds(2) }) { _ in
          await store.sandbox.put(AnnouncementTests.alice)
          try await first.issueAlicesCode()
          let orders = (1...30).map {
            DecisionTests.paid($0, email: "friend\($0)@example.com")
          }
          for order in orders {
            await store.sandbox.put(order)
            #expect(try await first.deliver(first.body(.orderFullyPaid, order)).status == 200)
          }
          try await first.settle()
          try await first.settleNotes()
          var last: [String: [String: String]] = [:]
          for order in await store.sandbox.takeOrdersWithNewMetadata() {
            #expect(last[order.id] != order.privateMetadata, "written twice: \(order.id)")
            last[order.id] = order.privateMetadata
          }
          #expect(last.count == 30)
          #expect(Set(last.values.map { $0["referral.state"] }) == ["rewarded"])
          #expect(
            await first.note(ofCustomer: Self.alice)
              == ["referral.referrals": "30", "referral.rewards": "30"])
        }
      }
    }
  }

  @Test func whoIsForgottenGetsNone() async throws {
    try await NoteTests.open(["LAUREL_ROLLOUT": "off"], delay: .seconds(1)) { shop async throws in
      let order = DecisionTests.paid(1, email: "bob@example.com")
      await shop.sandbox.remove(customer: Self.alice)
      await shop.sandbox.put(order)
      #expect(try await shop.deliver(shop.body(.orderFullyPaid, order)).status == 200)
      let body = """
        {"__typename": "AccountDeleted", "user": {"id": "\(Self.alice)", \
        "email": "alice@example.com"}}
        """
      #expect(try await shop.deliver(Array(body.utf8), path: "/webhooks/saleor").status == 200)
      try await shop.eventually("she is not forgotten") {
        try await shop.count("SELECT count(*) AS count FROM erasures WHERE erased_at IS NOT NULL")
          == 1
      }
      // Should the store know her again, there is nothing to tell.
      await shop.sandbox.put(AnnouncementTests.alice)
      try await shop.settleNotes()
      try await shop.pool.execute(
        """
        INSERT INTO note_changes (store_id, referral_id, is_about_order, is_about_referrer)
        SELECT store_id, id, true, true FROM referrals
        """)
      try await shop.settleNotes()
      #expect(await shop.note(ofCustomer: Self.alice) == [:])
      #expect(
        try await shop.count(
          "SELECT count(*) AS count FROM notes WHERE subject = 'customer' AND last_error IS NULL")
          == 1)
    }
  }
}
