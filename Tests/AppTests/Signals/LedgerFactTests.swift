import Domain
import FoundationEssentials
import Ledger
import Postgres
import Rules
import Sandbox
import Testing
import Work

/// What the ledger tells of an order: how often the same happened, and who hangs together with whom.
@Suite struct LedgerFactTests {
  private typealias Shop = GatheringShop

  private static let metadata = ["client_ip": "192.0.2.7", "device_id": "d-0815"]

  /// The times of a signal in whole minutes.
  private static func minutes(_ sheet: FactSheet, _ signal: Signal) -> [Int]? {
    sheet[signal]?.times?.map { Int(($0 / 60).rounded()) }
  }

  @Test func ordersWithTheSameMarksAreCountedByTheirDistance() async throws {
    try await Shop.open { shop async throws in
      // Nearby in the network, at the same place under another spelling, and in nothing.
      try await shop.decide(
        Shop.order(1, metadata: ["client_ip": "192.0.2.99"], minutesAgo: 90))
      var same = Shop.order(2, metadata: Self.metadata, minutesAgo: 70)
      same.set(payments: [SandboxPayment(cardDigits: "4242")])
      var place = Shop.place(50)
      place.street = "50 LONELY RD"
      same.send(to: place, billing: Shop.place(51))
      try await shop.decide(same)
      try await shop.decide(Shop.order(3, metadata: ["client_ip": "198.51.100.1"]))
      // An order that was placed later and decided earlier.
      try await shop.decide(Shop.order(4, metadata: Self.metadata, minutesAgo: 10))

      var order = Shop.order(5, metadata: Self.metadata, minutesAgo: 60)
      order.send(to: Shop.place(50), billing: Shop.place(51))
      order.set(payments: [SandboxPayment(cardDigits: "4242")])
      let sheet = try await shop.decide(order)
      #expect(Self.minutes(sheet, .referralsByIP) == [10, 50])
      #expect(Self.minutes(sheet, .referralsByNetwork) == [10, 30, 50])
      #expect(Self.minutes(sheet, .referralsByDevice) == [10, 50])
      // Two addresses and two numbers in common are one order.
      #expect(Self.minutes(sheet, .referralsByPostalAddress) == [10])
      #expect(Self.minutes(sheet, .referralsByPhone) == [10])
      #expect(Self.minutes(sheet, .referralsByCard) == [10])
      // All four orders before it named the code, by when Laurel heard of them.
      #expect(Self.minutes(sheet, .referralsByReferrer) == [0, 0, 0, 0])
      // The order itself does not count when it is decided again.
      let again = try await shop.decide(order)
      #expect(again == sheet)
    }
  }

  @Test func anOrderThatIsNotFollowedIsComparedByItsDate() async throws {
    try await Shop.open { shop async throws in
      _ = try await shop.follow(Shop.order(1))
      let order = Shop.order(2, minutesAgo: 30)
      await shop.sandbox.put(order)
      let sheet = try await shop.gather(order, referral: 0).sheet
      #expect(Self.minutes(sheet, .referralsByReferrer) == [30])
      #expect(sheet[.codeAge] == .duration(0))
    }
  }

  @Test func aHundredTimesAreKept() async throws {
    try await Shop.open { shop async throws in
      let first = Shop.order(1, metadata: Self.metadata)
      let referral = try await shop.follow(first)
      let gathered = try await shop.gather(first, referral: referral)
      try await shop.pool.execute(
        """
        WITH many AS (
          INSERT INTO referrals (store_id, order_id, ref_code)
          SELECT \(shop.store.id.value), 'many' || number, 'ALICE10'
          FROM generate_series(1, 250) AS number RETURNING id
        )
        INSERT INTO traces (store_id, kind, value, referral_id, buyer, seen_at)
        SELECT \(shop.store.id.value), kind, value, many.id, 'b' || many.id,
          now() - many.id * interval '1 second'
        FROM many CROSS JOIN unnest(
          \(gathered.traces.marks.map(\.kind.rawValue)), \(gathered.traces.marks.map(\.value))
        ) AS mark (kind, value)
        """)
      let sheet = try await shop.gather(first, referral: referral).sheet
      for signal in [Signal.referralsByIP, .referralsByPostalAddress, .referralsByReferrer] {
        let times = try #require(sheet[signal]?.times)
        #expect(times.count == SignalValue.timesKept)
        #expect(times == times.sorted())
      }
    }
  }

  @Test func whatIsKeptIsPersonalToNobody() async throws {
    try await Shop.open { shop async throws in
      var order = Shop.order(1, email: "carol@example.com", metadata: Self.metadata)
      order.set(payments: [SandboxPayment(cardDigits: "4242")])
      try await shop.decide(order)
      try await shop.decide(order)
      let rows = try await shop.pool.rows("SELECT to_jsonb(traces)::text AS row FROM traces") {
        row in try row.decode("row", as: String.self)
      }
      #expect(rows.count == 6)
      for text in ["carol", "192.0.2", "d-0815", "lonely", "906555", "4242|", "visa"] {
        #expect(rows.filter { $0.lowercased().contains(text) } == [])
      }
    }
  }

  @Test func whatWasSeenUnderAnOlderKeyIsFound() async throws {
    try await Shop.open { shop async throws in
      try await shop.decide(
        Shop.order(1, metadata: Self.metadata, minutesAgo: 10), keys: [Shop.oldKey])
      let order = Shop.order(2, metadata: Self.metadata)
      #expect(
        Self.minutes(try await shop.gather(order).sheet, .referralsByIP) == [])
      let sheet = try await shop.decide(order, keys: [Shop.newKey, Shop.oldKey])
      #expect(Self.minutes(sheet, .referralsByIP) == [10])
      // What is written is found by the newest key alone.
      let third = Shop.order(3, metadata: Self.metadata, minutesAgo: -5)
      #expect(Self.minutes(try await shop.gather(third).sheet, .referralsByIP) == [5])
    }
  }

  @Test func aValueOutOfTheOrdinaryIsKnownFromTwentyDecisionsOn() async throws {
    try await Shop.open { shop async throws in
      func record(
        _ count: Int, value: Int, channel: String = "default-channel", by source: String = "rules"
      ) async throws {
        try await shop.pool.execute(
          """
          INSERT INTO decisions (store_id, referral_id, rules_version, channel, outcome, decided_by,
            order_value, order_currency)
          SELECT \(shop.store.id.value), (SELECT min(id) FROM referrals), 'environment', \(channel),
            'approve', \(source), \(value), 'USD'
          FROM generate_series(1, \(count))
          """)
      }
      try await shop.pool.execute(
        """
        INSERT INTO rule_files (store_id, version, content)
        VALUES (\(shop.store.id.value), 'environment', '')
        """)
      let order = Shop.order(1)
      let referral = try await shop.follow(order)
      try await record(10, value: 5)
      try await record(9, value: 10)
      try await record(50, value: 1000, channel: "another")
      #expect(try await shop.gather(order, referral: referral).sheet[.orderValueRatio] == nil)
      try await record(12, value: 10)
      #expect(
        try await shop.gather(order, referral: referral).sheet[.orderValueRatio] == .number(2))
      // A person's verdict is about an order that the rules have seen, an adopted one is older.
      for source in ["person", "limit", "adoption", "requirement"] {
        try await record(200, value: 1000, by: source)
      }
      #expect(
        try await shop.gather(order, referral: referral).sheet[.orderValueRatio] == .number(2))
      // Only the last 200 count.
      try await record(200, value: 40)
      #expect(
        try await shop.gather(order, referral: referral).sheet[.orderValueRatio] == .number(0.5))
      try await record(200, value: 0)
      #expect(try await shop.gather(order, referral: referral).sheet[.orderValueRatio] == nil)
    }
  }

  @Test func aRewardThatPaysIsKnown() async throws {
    try await Shop.open { shop async throws in
      let referral = try await shop.refer("ALICE10", to: "VXNlcjo5")
      try await shop.reward(referral, card: "R2lmdENhcmQ6MQ==")
      for (number, card, isReward) in [
        (1, "R2lmdENhcmQ6MQ==", true), (2, "R2lmdENhcmQ6Mg==", false),
      ] {
        var order = Shop.order(number)
        order.fields["giftCards"] = [["id": .string(card)]]
        #expect(try await shop.gather(order).sheet[.paidWithRewardCard] == .flag(isReward))
      }
    }
  }

  @Test func theReferrersRecordIsKnown() async throws {
    try await Shop.open { shop async throws in
      let order = Shop.order(1)
      let number = try await shop.follow(order)
      let before = try await shop.gather(order, referral: number).sheet
      #expect(before[.referrerReferrals] == .number(0))
      #expect(before[.referrerFallenShare] == nil)
      for (index, state) in ["rewarded", "paid", "rejected", "rewarded"].enumerated() {
        let referral = try await shop.refer("ALICE10", to: "c\(index)", state: state)
        try await shop.reward(referral, card: "card\(index)")
      }
      // Refused at once: no reward was due.
      try await shop.refer("ALICE10", to: "c9", state: "rejected")
      // However many there are, and however many wait in review.
      try await shop.pool.execute(
        """
        INSERT INTO referrals (store_id, order_id, ref_code, state, reason, next_check_at,
          review_until, decided_at)
        SELECT \(shop.store.id.value), state || number, 'ALICE10', state, 'test',
          CASE state WHEN 'review' THEN now() END, now(), CASE state WHEN 'rejected' THEN now() END
        FROM generate_series(1, 1500) AS number
        CROSS JOIN unnest(ARRAY['rejected', 'review']) AS state
        """)
      let sheet = try await shop.gather(order, referral: number).sheet
      #expect(sheet[.referrerReferrals] == .number(4))
      #expect(sheet[.referrerFallenShare] == .number(0.25))
      #expect((sheet[.codeAge]?.seconds).map { $0 < 60 } == true)
    }
  }

  @Test(arguments: [(2, 2), (3, 3), (5, 5), (6, 6), (7, 0)])
  func aCircleIsFoundUpToSixSteps(_ length: Int, _ found: Int) async throws {
    try await Shop.open { shop async throws in
      // Bob referred the next, who referred the next, who referred Alice, whose code Bob uses.
      let chain = [Shop.bob] + (2..<length).map { "c\($0)" } + [Shop.alice]
      for (referrer, referred) in zip(chain, chain.dropFirst()) {
        let code = "CODE\(referrer.filter(\.isNumber))\(referrer.prefix(1))".uppercased()
        try await shop.issue(code, to: referrer)
        try await shop.refer(code, to: referred)
        try await shop.refer(code, to: "somebody\(referred)", state: "rejected")
      }
      let order = Shop.order(1, user: Shop.bob)
      #expect(try await shop.gather(order).sheet[.cycleLength] == .number(Double(found)))
      let guest = Shop.order(2)
      #expect(try await shop.gather(guest).sheet[.cycleLength] == .number(0))
    }
  }

  @Test func aClusterGrowsByWhatItsBuyersShare() async throws {
    try await Shop.open { shop async throws in
      // Each shares his place with the one before and his number with the one after.
      for number in 0..<12 {
        var order = Shop.order(number, email: "member\(number)@example.com")
        var (shipping, billing) = (Shop.place(100 + number / 2), Shop.place(300 + number))
        (shipping.phone, billing.phone) = (nil, "+1906777\(1000 + (number + 1) / 2)")
        order.send(to: shipping, billing: billing)
        #expect(
          try await shop.decide(order)[.clusterSize] == .number(Double(number + 1)), "\(number)")
      }
      // A network or an IP address in common is nothing in common.
      for number in 20..<23 {
        let sheet = try await shop.decide(Shop.order(number, metadata: ["client_ip": "192.0.2.1"]))
        #expect(sheet[.clusterSize] == .number(1))
      }
      // A device and a card are.
      let device = ["device_id": "d-0815"]
      try await shop.decide(Shop.order(30, user: "VXNlcjozMA==", metadata: device))
      let both = Shop.order(31, user: "VXNlcjozMQ==", metadata: device)
      #expect(try await shop.decide(both)[.clusterSize] == .number(2))
      // One buyer with two orders is one.
      let again = Shop.order(32, user: "VXNlcjozMQ==", metadata: device)
      #expect(try await shop.decide(again)[.clusterSize] == .number(2))
    }
  }

  @Test func aGuestWhoMakesAnAccountIsOneBuyer() async throws {
    try await Shop.open { shop async throws in
      let device = ["device_id": "d-0815"]
      try await shop.decide(
        Shop.order(1, email: "bob@example.com", metadata: device), keys: [Shop.oldKey])
      let order = Shop.order(2, email: "Bob@example.com", user: Shop.bob, metadata: device)
      let sheet = try await shop.decide(order, keys: [Shop.newKey, Shop.oldKey])
      #expect(sheet[.clusterSize] == .number(1))
      #expect(sheet[.referralsByDevice]?.times?.count == 1)
    }
  }

  @Test func aBuyerWhoIsForgottenLeavesNoTrace() async throws {
    try await Shop.open { shop async throws in
      try await shop.decide(Shop.order(1, email: "bob@example.com", user: Shop.bob))
      try await shop.decide(Shop.order(2, email: "bob@example.com"), keys: [Shop.oldKey])
      try await shop.decide(Shop.order(3, email: "carol@example.com"))
      let keys = try #require(try RewardKeys([Shop.newKey, Shop.oldKey]))
      try await TraceRepository(shop.pool).erase(
        store: shop.store.id,
        buyers: [Shop.bob] + keys.pseudonyms(of: "bob@example.com", store: shop.store.address))
      let left = try await shop.pool.rows("SELECT DISTINCT buyer FROM traces") { row in
        try row.decode("buyer", as: String.self)
      }
      #expect(left == [try keys.pseudonyms(of: "carol@example.com", store: shop.store.address)[0]])
    }
  }

  @Test func aStatementThatTakesTooLongEndsInAnUnknownFact() async throws {
    try await Shop.open { shop async throws in
      let order = Shop.order(1, user: Shop.bob)
      let referral = try await shop.follow(order)
      let hasty = try Pool(
        PostgresConfiguration(
          connectionString: shop.standing.database.connectionString,
          statementTimeout: .milliseconds(300), applicationName: "test", poolSize: 1))
      let result = await Result {
        try await shop.pool.transaction { session in
          try await session.execute("LOCK TABLE decisions IN ACCESS EXCLUSIVE MODE")
          let error = await #expect(throws: FactGathering.Failure.self) {
            try await shop.gather(order, referral: referral, failures: 2, pool: hasty)
          }
          #expect((error?.cause as? PostgresError)?.sqlState == "57014")
          let sheet = try await shop.gather(
            order, referral: referral, failures: 3, pool: hasty
          ).sheet
          #expect(sheet[.cycleLength] == .number(0))
        }
      }
      await hasty.close()
      try result.get()
    }
  }
}
