import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing
import Work

extension TestShop {
  /// Rules by the order's value: 100 USD go to review, 1000 USD are refused.
  static let valueRules = """
    score: {review_at: 80, reject_at: 200}
    rules:
      - name: large_order
        when: order_value >= 100 USD
        then: review
        weight: 30
        reason: The order is large.
      - name: huge_order
        when: order_value >= 1000 USD
        then: reject
        weight: 60
        reason: The order is huge.
      - name: any_order
        when: order_value >= 1 USD
        then: reject
        weight: 500
        reason: There is an order.
        mode: shadow
      - name: old_account
        when: account_age > 1d
        weight: 10
        reason: The account is old.
    """

  /// A shop that goes by a file of rules, and commands beside it.
  static func withRules(
    _ rules: String = valueRules, _ environment: [String: String] = [:],
    work change: (inout WorkSettings) -> Void = { _ in },
    _ body: (TestShop, Commands) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "laurel-rules-\(UUID().uuidString.lowercased())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(rules.utf8).write(to: folder.appending(path: "laurel.yaml"))
    try Data().write(to: folder.appending(path: "disposable-domains.txt"))
    try FileManager.default.copyItem(
      atPath: "\(Recording.root)/config/letters", toPath: folder.appending(path: "letters").path)
    let config = ["LAUREL_CONFIG": folder.appending(path: "laurel.yaml").path]
    try await TestDatabase.with { database in
      try await open(
        on: database, environment: environment.merging(config) { $1 }, work: change
      ) { shop in
        let own = TestShop.environment(
          storeURL: shop.storeURL, token: await shop.sandbox.app.token)
        let commands = Commands(
          database: database, rollout: "all",
          more: own.merging(environment) { $1 }.merging(config) { $1 })
        try await shop.issueAlicesCode()
        try await body(shop, commands)
      }
    }
  }

  /// An order of this value by a buyer of its own.
  static func order(
    _ number: Int, of value: Decimal, email: String? = nil, user: String? = nil
  ) -> SandboxOrder {
    .paid(
      number: number, total: value, email: email ?? "friend\(number)@example.com", userID: user,
      metadata: ["ref_code": "ALICE10"])
  }

  /// Places orders, tells of them, and waits until each is decided or in review.
  func place(_ orders: [SandboxOrder]) async throws {
    for order in orders {
      await sandbox.put(order)
      #expect(try await deliver(body(.orderFullyPaid, order)).status == 200)
    }
    try await settle()
  }

  /// Places large orders, which go to review, and gives the numbers of their cases.
  func openCases(_ numbers: ClosedRange<Int>) async throws -> [Int] {
    try await place(numbers.map { Self.order($0, of: 150) })
    return try await pool.rows("SELECT id FROM referrals WHERE state = 'review' ORDER BY id") {
      row in try row.decode("id", as: Int.self)
    }
  }

  /// Where an order's referral stands.
  func referral(of order: SandboxOrder) async throws -> ReferralRepository.Standing? {
    try await ReferralRepository(pool).find(store: store, orderID: order.id)
  }

  /// The decisions on a referral, as `outcome by whom: rule`.
  func decisions(_ referral: Int) async throws -> [String] {
    try await DecisionRepository(pool).all(store: store, referralID: referral).map {
      "\($0.record.outcome) by \($0.record.decidedBy): \($0.record.rule ?? "none")"
    }
  }

  /// Waits until a referral is in this state.
  func awaitState(
    _ state: String, of referral: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    try await eventually("case \(referral) is not \(state)", sourceLocation: sourceLocation) {
      try await count(
        """
        SELECT count(*) AS count FROM referrals WHERE id = \(referral) AND state = \(state)
        """) == 1
    }
  }

  /// Waits until Decide has looked at a case once more.
  func awaitLook(
    at referral: Int, sourceLocation: SourceLocation = #_sourceLocation,
    after act: () async throws -> Void
  ) async throws {
    func epoch() async throws -> Int {
      try await count("SELECT epoch AS count FROM referrals WHERE id = \(referral)")
    }
    let before = try await epoch()
    try await act()
    try await eventually("nobody looks at the case", sourceLocation: sourceLocation) {
      let isAsleep =
        try await count(
          """
          SELECT count(*) AS count FROM referrals
          WHERE id = \(referral) AND lease_until IS NULL AND next_check_at > now()
          """) == 1
      guard isAsleep else { return false }
      return try await epoch() > before
    }
  }
}
