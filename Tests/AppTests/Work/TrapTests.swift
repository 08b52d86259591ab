import Domain
import FoundationEssentials
import Ledger
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Testing

/// What a store really does with orders and their events, and what must not follow from it. The
/// bodies are recorded ones where there are any; the order that is read back is the recorded one.
///
/// Others stand elsewhere: an order that is cancelled although it stays paid, and a genuinely signed
/// cancellation that never happened, in `TakeBackTests`; the events of one order in every sequence,
/// and legacy bodies, in `RecordedDeliveryTests`; a customer's address in another case at an order
/// as a guest in `DecisionTests`.
@Suite struct TrapTests {
  /// Has the store keep the order as this recording shows it.
  private static func keep(_ recording: Recording, in shop: TestShop) async throws -> SandboxOrder {
    let order = try #require(SandboxOrder(recorded: recording.body))
    await shop.sandbox.put(order)
    return order
  }

  /// Delivers a recording.
  private static func deliver(
    _ recording: Recording, to shop: TestShop, as expected: String = "accepted"
  ) async throws {
    let answer = try await shop.post(
      "/webhooks/saleor", recording.body, headers: recording.sentHeaders)
    #expect(answer.status == 200)
    #expect(answer.json["status"] == expected, "\(recording.name)")
  }

  /// Waits until the order waits for what `reason` says.
  private static func waits(
    _ order: SandboxOrder, in shop: TestShop, _ reason: String
  ) async throws {
    try await shop.eventually("the order does not wait: \(reason)") {
      let standing = try await ReferralRepository(shop.pool)
        .find(store: shop.store, orderID: order.id)
      return standing?.state == "tracked" && standing?.reason?.contains(reason) == true
    }
    #expect(await shop.sandbox.cards.isEmpty)
  }

  private static func standing(
    _ order: SandboxOrder, in shop: TestShop
  ) async throws -> ReferralRepository.Standing? {
    try await ReferralRepository(shop.pool).find(store: shop.store, orderID: order.id)
  }

  @Test func confirmedButUnpaidEarnsNothingYet() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let confirmed = try Recording.number("0105")
      let order = try await Self.keep(confirmed, in: shop)
      try await Self.deliver(confirmed, to: shop)
      try await Self.waits(order, in: shop, "paid: false, charged: NONE")
    }
  }

  @Test func fullyPaidWithoutPaidAndUnconfirmedWaitsForItsConfirmation() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      // Marked as paid by staff: the store tells of no ORDER_PAID.
      let fullyPaid = try Recording.number("0110")
      let order = try await Self.keep(fullyPaid, in: shop)
      try await Self.deliver(fullyPaid, to: shop)
      try await Self.waits(order, in: shop, "UNCONFIRMED, paid: true, charged: FULL")
      await shop.sandbox.update(order: order.id) { $0.status = "UNFULFILLED" }
      try await shop.settle()
      #expect(await shop.sandbox.cards.count == 1)
    }
  }

  @Test func fullyPaidWithoutPaidIsPaid() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let fullyPaid = try Recording.number("0110")
      let order = try await Self.keep(fullyPaid, in: shop)
      await shop.sandbox.update(order: order.id) { $0.status = "UNFULFILLED" }
      try await Self.deliver(fullyPaid, to: shop)
      try await shop.settle()
      #expect(await shop.sandbox.cards.count == 1)
      #expect(try await shop.count("SELECT count(*) FROM inbox") == 1)
    }
  }

  @Test func paidInPartEarnsNothingYet() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      var order = SandboxOrder.unpaid(
        number: 1, total: 20, email: "bob@example.com", metadata: ["ref_code": "ALICE10"])
      order.status = "UNFULFILLED"
      order.chargeStatus = "PARTIAL"
      await shop.sandbox.put(order)
      // Every charge is an ORDER_PAID, the first of them too.
      #expect(try await shop.deliver(shop.body(.orderPaid, order, salt: 1)).status == 200)
      try await Self.waits(order, in: shop, "paid: false, charged: PARTIAL")
      let paid = try #require(await shop.sandbox.pay(order: order.id))
      #expect(try await shop.deliver(shop.body(.orderPaid, paid, salt: 2)).status == 200)
      try await shop.settle()
      #expect(await shop.sandbox.cards.count == 1)
    }
  }

  @Test func paidTwiceEarnsOnce() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let order = DecisionTests.paid(1, email: "bob@example.com")
      await shop.sandbox.put(order)
      #expect(try await shop.deliver(shop.body(.orderPaid, order, salt: 1)).status == 200)
      try await shop.settle()
      #expect(await shop.sandbox.cards.count == 1)
      // Charged once more than was due: an ORDER_PAID and an ORDER_FULLY_PAID again.
      let overcharged = try #require(
        await shop.sandbox.update(order: order.id) { $0.chargeStatus = "OVERCHARGED" })
      for event in [SandboxEvent.orderPaid, .orderFullyPaid] {
        let answer = try await shop.deliver(shop.body(event, overcharged, salt: 2))
        #expect(answer.json["status"] == "accepted")
      }
      try await shop.settle()
      #expect(await shop.sandbox.cards.count == 1)
      #expect(await shop.sandbox.cards.map(\.isActive) == [true])
      #expect(try await shop.count("SELECT count(*) FROM rewards") == 1)
    }
  }

  @Test func anOverchargedOrderIsPaid() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      var order = DecisionTests.paid(1, email: "bob@example.com")
      order.chargeStatus = "OVERCHARGED"
      let standings = try await DecisionTests.standings(shop, [order])
      #expect(standings.map { $0?.state } == ["rewarded"])
    }
  }

  @Test func cancelledThoughPaidEarnsNothing() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      // The confirmation comes late: the order that is read back is cancelled, and still paid.
      let order = try await Self.keep(try Recording.number("0129"), in: shop)
      #expect(order.isPaid)
      try await Self.deliver(try Recording.number("0029"), to: shop)
      try await Self.deliver(try Recording.number("0129"), to: shop)
      try await shop.settle()
      #expect(try await Self.standing(order, in: shop)?.rule == "order_stands")
      #expect(await shop.sandbox.cards.isEmpty)
    }
  }

  @Test func paidBeforeCreatedIsOneStory() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let paid = try Recording.number("0141")
      let order = try await Self.keep(paid, in: shop)
      try await Self.deliver(paid, to: shop)
      try await Self.deliver(try Recording.number("0144"), to: shop, as: "ignored")
      try await Self.waits(order, in: shop, "UNCONFIRMED")
      _ = try await Self.keep(try Recording.number("0154"), in: shop)
      try await Self.deliver(try Recording.number("0154"), to: shop)
      try await Self.deliver(try Recording.number("0148"), to: shop)
      try await shop.settle()
      #expect(await shop.sandbox.cards.count == 1)
    }
  }

  @Test(arguments: [
    #"{"__typename": "OrderFullyPaid", "issuedAt": "1", "order": null}"#,
    #"{"__typename": "OrderFullyPaid", "issuedAt": "2", "order": null, "errors": [{"message": "#
      + #""To access this path, you need one of the following permissions: MANAGE_USERS"}]}"#,
  ])
  func anOrderThatTheAppMayNotSeeIsSaidAndNotLostForGood(body: String) async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let answer = try await shop.deliver(Array(body.utf8), path: "/webhooks/saleor")
      #expect(answer.status == 200)
      #expect(answer.json["status"] == "ignored")
      #expect(
        shop.logLines.withLockedValue { lines in
          lines.contains { $0.contains("the App lacks a permission") }
        })
      #expect(try await shop.count("SELECT count(*) FROM referrals") == 0)
      // Once the permission is there, the order's next event is one like every other.
      let order = DecisionTests.paid(1, email: "bob@example.com")
      let standings = try await DecisionTests.standings(shop, [order])
      #expect(standings.map { $0?.state } == ["rewarded"])
    }
  }

  @Test func aSignedPaymentThatNeverHappenedEarnsNothing() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      // The signed body says that all is paid; the store, asked, knows better.
      let order = try await Self.keep(try Recording.number("0105"), in: shop)
      var told = order
      told.pay()
      #expect(try await shop.deliver(shop.body(.orderFullyPaid, told)).status == 200)
      try await Self.waits(order, in: shop, "paid: false")
    }
  }

  @Test(arguments: ["0", "15"]) func aTotalOfZeroBecauseGiftCardsPaid(minimum: String) async throws
  {
    let environment = ["REFERRAL_MINIMUM_ORDER": minimum]
    try await TestShop.open(environment: environment) { shop async throws in
      try await shop.issueAlicesCode()
      // As recorded: paid, FULL, total 0, nothing charged, and the goods worth 33.
      var order = DecisionTests.paid(1, email: "bob@example.com")
      order.fields["subtotal"] = order.fields["total"]
      order.fields["total"]["gross"]["amount"] = .number("0.0")
      order.fields["totalCharged"]["amount"] = .number("0.0")
      order.fields["giftCards"] = [["id": "R2lmdENhcmQ6MQ=="]]
      let standings = try await DecisionTests.standings(shop, [order])
      // It is a paid order. What gift cards paid brings in nothing, where a minimum is asked for.
      #expect(standings.map { $0?.rule } == [minimum == "0" ? nil : "minimum_order"])
      #expect(await shop.sandbox.cards.count == (minimum == "0" ? 1 : 0))
      if minimum == "0" {
        // Nothing is charged and yet nothing was refunded: a cancelled refund takes nothing back.
        try await TakeBackTests.tell(shop, "OrderRefunded", order.id)
        try await shop.eventually("the order is not looked at") {
          await shop.sandbox.calls["order"] ?? 0 >= 2
        }
        try await shop.settle()
        #expect(await shop.sandbox.cards.map(\.isActive) == [true])
      }
    }
  }

  @Test func aGuestWithAnExistingCustomersAddressIsThatCustomer() async throws {
    try await TestShop.open { shop async throws in
      // The store puts Bob's account on the order although nobody logged in, and keeps the address
      // as it was typed: BOB.ref@example.com. The code is his own.
      let answer = try await shop.issueCode(
        #"{"user_id": "VXNlcjo0Ng==", "email": "bob.ref@example.com", "code": "ALICE10"}"#)
      #expect(answer.status == 201)
      let confirmed = try Recording.number("0154")
      let order = try await Self.keep(confirmed, in: shop)
      #expect(order.userEmail == "BOB.ref@example.com")
      try await Self.deliver(confirmed, to: shop)
      try await shop.settle()
      #expect(try await Self.standing(order, in: shop)?.rule == "self_referral")
      #expect(await shop.sandbox.cards.isEmpty)
    }
  }

  @Test func oneEventWithTwoBodiesIsTwoDeliveriesAndOneReward() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      // Two Apps, one event: the store renders it for each, at another instant.
      let bodies = try Recording.all("-order_confirmed--").filter {
        ["0027", "0028", "0029", "0030"].contains(String($0.name.prefix(4)))
          && !$0.name.contains("legacy")
      }.map(\.body)
      try #require(Set(bodies).count >= 2)
      _ = try await Self.keep(try Recording.number("0029"), in: shop)
      for body in bodies {
        let answer = try await shop.deliver(body, path: "/webhooks/saleor")
        #expect(answer.status == 200)
      }
      try await shop.settle()
      #expect(try await shop.count("SELECT count(*) FROM inbox") == Set(bodies).count)
      #expect(try await shop.count("SELECT count(*) FROM rewards") == 1)
      #expect(await shop.sandbox.cards.count == 1)
    }
  }

  @Test func whatACustomerWritesIntoHisOwnMetadataBindsNobody() async throws {
    try await TestShop.open(environment: ["LAUREL_CODES": "every_customer"]) { shop async throws in
      try await shop.issueAlicesCode()
      let told = try Recording.all("--sub-hmac_customer").filter {
        $0.name.contains("-account_confirmed-") || $0.name.contains("-customer_metadata_updated-")
          || $0.name.contains("-customer_updated-")
      }
      try #require(told.count >= 8)
      #expect(told.contains { String(decoding: $0.body, as: UTF8.self).contains("ref_code") })
      for recording in told { try await Self.deliver(recording, to: shop, as: "ignored") }
      try await shop.settle()
      #expect(try await shop.count("SELECT count(*) FROM bindings") == 0)
      #expect(try await shop.count("SELECT count(*) FROM referral_codes") == 1)
      let standings = try await DecisionTests.standings(
        shop,
        [DecisionTests.paid(1, email: "bob.ref@example.com", user: "VXNlcjo0Ng==", code: nil)])
      #expect(standings == [nil])
    }
  }
}
