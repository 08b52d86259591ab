import Domain
import FoundationEssentials
import Ledger
import Postgres
import Rules
import SaleorAPI
import Sandbox
import Testing
import Work

/// A store and a ledger in which facts are gathered, with Alice, "User:1", as the referrer.
struct GatheringShop: Sendable {
  static let alice = "VXNlcjox"
  static let bob = "VXNlcjoy"
  static let newKey = [UInt8](repeating: 7, count: 32)
  static let oldKey = [UInt8](repeating: 8, count: 32)

  let standing: StandingStore
  let store: ConnectedStore
  var sandbox: SandboxStore { standing.sandbox }
  var pool: Pool { standing.pool }

  /// Opens a shop for the time of `body`.
  static func open(_ body: (GatheringShop) async throws -> Void) async throws {
    try await StandingStore.open { standing async throws in
      let shop = GatheringShop(standing: standing, store: try await standing.connected())
      try await shop.issue("ALICE10", to: alice)
      var profile = SandboxCustomer(
        number: 1, email: "alice@example.com", created: Date(timeIntervalSinceNow: -86_400 * 30))
      profile.set(firstName: "Alice", lastName: "Jones")
      await shop.sandbox.put(profile)
      try await body(shop)
    }
  }

  /// Gives a customer a code.
  func issue(_ text: String, to user: String) async throws {
    let record = try await CodeRepository(pool).insert(
      store: store.id, code: try #require(ReferralCode(typed: text)), userID: user,
      email: try #require(EmailAddress("\(text)@example.com")))
    #expect(record != nil)
  }

  /// Puts an order into the store and follows it; gives the number of its referral.
  func follow(_ order: SandboxOrder, code: String = "ALICE10") async throws -> Int {
    await sandbox.put(order)
    try await ReferralRepository(pool).track(
      store: store.id, [(order.id, try #require(ReferralCode(typed: code)))])
    return try #require(
      try await pool.first("SELECT id FROM referrals WHERE order_id = \(order.id)") { row in
        try row.decode("id", as: Int.self)
      })
  }

  /// Gathers what is known of an order that names Alice's code, or none.
  func gather(
    _ order: SandboxOrder, referral: Int? = nil, hasCode: Bool = true, keys: [[UInt8]] = [newKey],
    asked: Set<Signal> = Set(Signal.allCases), failures: Int = 0,
    pool: Pool? = nil
  ) async throws -> FactGathering.Gathered {
    let number: Int
    if let referral { number = referral } else { number = try await follow(order) }
    let code = Facts.Code(
      code: try #require(ReferralCode(typed: "ALICE10")), isActive: true,
      referrerUserID: Self.alice,
      referrerEmail: try #require(EmailAddress("alice@example.com")))
    let read = try #require(try await store.client.order(order.id))
    return try await gathering(keys, pool ?? self.pool).facts(
      of: read, referral: number, code: hasCode ? code : nil, history: .none,
      marks: OrderMarks(), asked: asked, failures: failures)
  }

  /// Gathers what is known of an order, and keeps what was seen on it as its decision does.
  @discardableResult
  func decide(_ order: SandboxOrder, keys: [[UInt8]] = [newKey]) async throws -> FactSheet {
    let referral = try await follow(order)
    let gathered = try await gather(order, referral: referral, keys: keys)
    try await TraceRepository(pool).record(
      store: store.id, referral: referral, gathered.traces)
    return gathered.sheet
  }

  private func gathering(_ keys: [[UInt8]], _ pool: Pool) throws -> FactGathering {
    FactGathering(pool: pool, store: store, keys: try #require(try RewardKeys(keys)))
  }

  /// An order of somebody's who has nothing in common with anybody.
  static func order(
    _ number: Int, email: String? = nil, user: String? = nil, metadata: [String: String] = [:],
    minutesAgo: Double = 0
  ) -> SandboxOrder {
    var order = SandboxOrder.paid(
      number: number, total: 20, email: email ?? "buyer\(number)@example.com", userID: user,
      metadata: metadata, created: Date(timeIntervalSinceNow: -minutesAgo * 60))
    let place = Self.place(number)
    order.send(to: place, billing: place)
    return order
  }

  /// A place of its own.
  static func place(_ number: Int) -> SandboxAddress {
    var place = SandboxAddress()
    place.street = "\(number) Lonely Road"
    place.phone = "+1906555\(1000 + number)"
    return place
  }

  /// A decided referral: this customer bought with this code, and a reward was due, or was and fell.
  @discardableResult
  func refer(_ code: String, to customer: String, state: String = "rewarded") async throws -> Int {
    try #require(
      try await pool.first(
        """
        INSERT INTO referrals (store_id, order_id, ref_code, state, referred_customer_id, reason,
          next_check_at, decided_at)
        VALUES (\(store.id.value), \(UUID().uuidString), \(code), \(state), \(customer), 'test',
          NULL, now())
        RETURNING id
        """
      ) { row in try row.decode("id", as: Int.self) })
  }

  /// A reward of a referral, with a gift card of this id.
  func reward(_ referral: Int, card: String) async throws {
    try await pool.execute(
      """
      INSERT INTO rewards (store_id, id, referral_id, order_id, campaign_id, role, version, type,
        amount, currency, code_key_id, gift_card_id, status, next_attempt_at, rollout_bucket)
      VALUES (\(store.id.value), \(UUID()), \(referral), \(card), 'default', 'referrer', 1,
        'gift_card', 10, 'USD', 'key', \(card), 'issued', NULL, 1)
      """)
  }
}

extension SignalValue {
  /// The number; `nil` for any other value.
  var number: Double? { if case .number(let number) = self { number } else { nil } }
  /// The seconds; `nil` for any other value.
  var seconds: Double? { if case .duration(let seconds) = self { seconds } else { nil } }
  /// The times; `nil` for any other value.
  var times: [Double]? { if case .times(let times) = self { times } else { nil } }
}
