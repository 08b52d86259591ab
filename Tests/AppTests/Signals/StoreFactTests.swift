import Domain
import FoundationEssentials
import Ledger
import Rules
import SaleorAPI
import Sandbox
import Testing
import Work

/// What the store tells of an order and of its referrer.
@Suite struct StoreFactTests {
  private typealias Shop = GatheringShop

  /// Bob's order, with everything that a store and a storefront can tell.
  private static func full(_ number: Int = 1) -> SandboxOrder {
    var order = Shop.order(
      number, email: "bob@example.com", user: Shop.bob,
      metadata: ["client_ip": "192.0.2.7", "device_id": "d-0815"])
    var billing = Shop.place(1000)
    (billing.country, billing.firstName, billing.lastName) = ("CA", "Jones", "ALICE")
    order.send(to: Shop.place(number), billing: billing)
    order.set(payments: [SandboxPayment(cardDigits: "4242", ipAddress: "198.51.100.1")])
    order.setAccount(
      firstName: "Bob", lastName: "Ref",
      joined: Date(timeIntervalSinceNow: -3600).formatted(.iso8601))
    return order
  }

  /// Everything of the store's telling.
  private static let told: [Signal] = [
    .shippingCountry, .billingCountry, .countryMismatch, .accountAge, .buyerIP,
    .paidWithRewardCard, .referrerAccountAge, .nameSimilarity, .samePostalAddress, .samePhone,
    .sameCard, .sameIP, .sameNetwork, .sameDevice, .referralsByIP, .referralsByNetwork,
    .referralsByDevice, .referralsByPostalAddress, .referralsByPhone, .referralsByCard,
  ]

  @Test func whatIsToldIsKnown() async throws {
    try await Shop.open { shop async throws in
      // Alice's own order, like Bob's in every respect.
      var own = Self.full(7)
      own.send(to: Shop.place(1), billing: nil)
      own.fields["user"]["id"] = .string(Shop.alice)
      await shop.sandbox.put(own)
      let sheet = try await shop.gather(Self.full()).sheet
      #expect(Self.told.filter { sheet[$0] == nil } == [])
      #expect(sheet[.shippingCountry] == .text("US"))
      #expect(sheet[.billingCountry] == .text("CA"))
      #expect(sheet[.countryMismatch] == .flag(true))
      #expect(sheet[.buyerIP] == .text("192.0.2.7"))
      #expect(sheet[.paidWithRewardCard] == .flag(false))
      #expect(abs((sheet[.accountAge]?.seconds ?? 0) - 3600) < 60)
      #expect(abs((sheet[.referrerAccountAge]?.seconds ?? 0) - 30 * 86_400) < 60)
      #expect(sheet[.nameSimilarity] == .number(1))
      for signal in [
        Signal.samePostalAddress, .samePhone, .sameCard, .sameIP, .sameNetwork, .sameDevice,
      ] {
        #expect(sheet[signal] == .flag(true), "\(signal)")
      }
      // From the order itself.
      #expect(
        sheet[.orderValue] == .money(Money(amount: 20, currency: try #require(Currency("USD")))))
      #expect(sheet[.buyerUser] == .text(Shop.bob))
      #expect(sheet[.buyerGuest] == .flag(false))
      #expect(sheet[.firstOrder] == .flag(true))
      #expect(sheet[.code] == .text("ALICE10"))
      #expect(sheet[.referrerUser] == .text(Shop.alice))
      #expect(sheet[.referrerAddress] == .text("alice@example.com"))
      #expect(sheet[.addressSimilarity]?.number.map { $0 < 0.6 } == true)
    }
  }

  @Test func whatDiffersIsKnownToDiffer() async throws {
    try await Shop.open { shop async throws in
      var own = Shop.order(
        7, user: Shop.alice, metadata: ["client_ip": "192.0.2.9", "device_id": "another"])
      own.set(payments: [SandboxPayment(cardDigits: "1111")])
      await shop.sandbox.put(own)
      let sheet = try await shop.gather(Self.full()).sheet
      for signal in [Signal.samePostalAddress, .samePhone, .sameCard, .sameIP, .sameDevice] {
        #expect(sheet[signal] == .flag(false), "\(signal)")
      }
      #expect(sheet[.sameNetwork] == .flag(true))
    }
  }

  @Test func theReferrersAddressBookCounts() async throws {
    try await Shop.open { shop async throws in
      var alice = try #require(await shop.sandbox.customer(Shop.alice))
      var place = Shop.place(1)
      place.street = "1 LONELY RD."
      alice.set(addresses: [place])
      await shop.sandbox.put(alice)
      let sheet = try await shop.gather(Self.full()).sheet
      #expect(sheet[.samePostalAddress] == .flag(true))
      #expect(sheet[.samePhone] == .flag(true))
      // She has bought nothing yet.
      #expect(sheet[.sameCard] == nil)
      #expect(sheet[.sameIP] == nil)
      #expect(sheet[.sameNetwork] == nil)
      #expect(sheet[.sameDevice] == nil)
    }
  }

  @Test func whatIsNotToldIsUnknown() async throws {
    try await Shop.open { shop async throws in
      var order = Shop.order(1, metadata: ["client_ip": "proxy", "device_id": "undefined"])
      order.send(to: nil, billing: nil)
      order.set(payments: [SandboxPayment(ipAddress: "nonsense")])
      let sheet = try await shop.gather(order).sheet
      let known: Set<Signal> = [.paidWithRewardCard, .referrerAccountAge]
      #expect(Self.told.filter { sheet[$0] != nil && !known.contains($0) } == [])
      #expect(sheet[.buyerUser] == nil)
      #expect(sheet[.buyerGuest] == .flag(true))
    }
  }

  @Test func theIPAddressOfAPaymentCountsWhereTheStorefrontTellsNone() async throws {
    try await Shop.open { shop async throws in
      var order = Shop.order(1)
      order.set(payments: [SandboxPayment(ipAddress: "::ffff:198.51.100.1")])
      #expect(try await shop.gather(order).sheet[.buyerIP] == .text("198.51.100.1"))
    }
  }

  @Test func theOrderItselfIsNoOrderOfTheReferrers() async throws {
    try await Shop.open { shop async throws in
      var order = Self.full()
      order.fields["user"]["id"] = .string(Shop.alice)
      let sheet = try await shop.gather(order).sheet
      #expect(sheet[.sameIP] == nil)
      #expect(sheet[.samePostalAddress] == nil)
    }
  }

  @Test func aReferrerWhoIsGoneIsUnknown() async throws {
    try await Shop.open { shop async throws in
      await shop.sandbox.remove(customer: Shop.alice)
      let sheet = try await shop.gather(Self.full()).sheet
      #expect(sheet[.referrerAccountAge] == nil)
      #expect(sheet[.nameSimilarity] == nil)
      #expect(sheet[.buyerIP] == .text("192.0.2.7"))
    }
  }

  @Test func anOrderWithoutACodeHasNoReferrer() async throws {
    try await Shop.open { shop async throws in
      let sheet = try await shop.gather(Self.full(), hasCode: false).sheet
      let referrers: [Signal] = [
        .code, .codeAge, .referrerUser, .referrerAccountAge, .referrerReferrals,
        .referralsByReferrer, .cycleLength, .sameIP, .addressSimilarity,
      ]
      #expect(referrers.filter { sheet[$0] != nil } == [])
      #expect(sheet[.accountAge] != nil)
      #expect(await shop.sandbox.calls["user"] == nil)
    }
  }

  /// The reading of the order itself does not break, and the rest is unknown.
  @Test func aStoreThatGrantsNoPermissionIsDecidedFor() async throws {
    try await Shop.open { shop async throws in
      for permission in ["MANAGE_ORDERS", "MANAGE_USERS", "MANAGE_GIFT_CARD"] {
        await shop.sandbox.remove(permission: permission)
      }
      let sheet = try await shop.gather(Self.full()).sheet
      #expect(Self.told.filter { sheet[$0] != nil } == [])
      #expect(sheet[.clusterSize] == nil)
      #expect(sheet[.orderValue] != nil)
      #expect(sheet[.codeAge] != nil)
      #expect(sheet[.referralsByReferrer] == .times([]))
    }
  }

  @Test func withoutThePermissionForCustomersEverythingIsKnown() async throws {
    try await Shop.open { shop async throws in
      await shop.sandbox.remove(permission: "MANAGE_USERS")
      let sheet = try await shop.gather(Self.full()).sheet
      #expect(sheet[.referrerAccountAge] != nil)
      #expect(sheet[.accountAge] != nil)
    }
  }

  @Test(
    arguments: [
      ("user", SandboxFault.httpStatus(503)), ("user", .internalErrorBeforeSave),
      ("order", .httpStatus(500)), ("order", .internalErrorBeforeSave),
    ])
  func anOrderIsTriedAgainWhenTheStoreIsIll(_ field: String, _ fault: SandboxFault) async throws {
    try await Shop.open { shop async throws in
      let order = Self.full()
      let referral = try await shop.follow(order)
      // The order itself is read first, then its particulars.
      let faults: [SandboxFault] = field == "order" ? [.delay(.zero), fault] : [fault]
      await shop.sandbox.inject(faults, on: field)
      let error = await #expect(throws: FactGathering.Failure.self) {
        try await shop.gather(order, referral: referral)
      }
      #expect((error?.cause as? StoreError)?.isRetryable == true)
      // An order whose facts could not be gathered often is decided without.
      await shop.sandbox.inject(faults, on: field)
      let late = try await shop.gather(
        order, referral: referral, failures: FactGathering.patience
      ).sheet
      #expect((late[.buyerIP] == nil) == (field == "order"))
      #expect((late[.referrerAccountAge] == nil) == (field == "user"))
      // The next time everything is known.
      #expect(try await shop.gather(order, referral: referral).sheet[.buyerIP] != nil)
    }
  }

  /// A page of another kind is no answer, and the referrer comes second: neither is worth ten tries.
  @Test(arguments: [("user", 503), ("user", 200), ("order", 200)])
  func someErrorsAreTriedThreeTimes(_ field: String, _ status: Int) async throws {
    try await Shop.open { shop async throws in
      let order = Self.full()
      let referral = try await shop.follow(order)
      func gather(failures: Int) async throws -> FactSheet {
        let fault = SandboxFault.httpStatus(status)
        await shop.sandbox.inject(field == "order" ? [.delay(.zero), fault] : [fault], on: field)
        return try await shop.gather(order, referral: referral, failures: failures).sheet
      }
      await #expect(throws: FactGathering.Failure.self) { try await gather(failures: 2) }
      let sheet = try await gather(failures: 3)
      #expect((sheet[.buyerIP] == nil) == (field == "order"))
      #expect((sheet[.referrerAccountAge] == nil) == (field == "user"))
    }
  }

  @Test func anOutageOfAnHourIsWaitedOut() {
    let waits = (1...FactGathering.patience).map { WorkSettings().factRetry.bound($0) / 2 }
    #expect(waits.reduce(.zero, +) > .seconds(3600))
  }

  @Test func whatNobodyAsksForIsNotFetched() async throws {
    try await Shop.open { shop async throws in
      let order = Self.full()
      let referral = try await shop.follow(order)
      func calls(_ asked: Set<Signal>) async throws -> [Int] {
        let before = await shop.sandbox.calls
        _ = try await shop.gather(order, referral: referral, asked: asked)
        let after = await shop.sandbox.calls
        // The order itself is read by the test.
        return ["order", "user"].map { (after[$0] ?? 0) - (before[$0] ?? 0) }
      }
      #expect(try await calls([]) == [1, 0])
      #expect(try await calls([.orderValue, .codeAge, .cycleLength]) == [1, 0])
      #expect(try await calls([.buyerIP]) == [2, 0])
      #expect(try await calls([.referrerAccountAge]) == [1, 1])
      #expect(try await calls([.sameCard]) == [2, 1])
      // Traces are made of what the store tells.
      #expect(try await calls([.clusterSize]) == [2, 0])
      let asked = try await shop.gather(order, referral: referral, asked: [.referralsByIP])
      #expect(asked.sheet[.referralsByIP] == .times([]) && asked.sheet[.clusterSize] == nil)
      #expect(!asked.traces.marks.isEmpty)
      let none = try await shop.gather(order, referral: referral, asked: []).sheet
      #expect(none[.codeAge] == nil && none[.cycleLength] == nil && none[.orderValue] != nil)
    }
  }
}
