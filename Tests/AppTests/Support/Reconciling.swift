import Domain
import FoundationEssentials
import HTTPTransport
import Ledger
import Logging
import Postgres
import SaleorAPI
import Sandbox
import Testing
import Work

/// A process of its own that compares a ledger with a sandbox store.
struct Reconciling: Sendable {
  let reconcile: Reconcile
  let adopt: Adopt

  /// One for the only store of the ledger. What changed just now is compared, too: no replica lags.
  init(
    _ pool: Pool, _ sandbox: SandboxStore, _ transport: HTTPTransport, lag: Duration = .zero,
    interval: Duration = .seconds(3600), rollout: Rollout = .all
  ) async throws {
    let known = try #require(try await StoreRepository(pool).all().first)
    let address = try #require(StoreAddress(known.address))
    let store = ConnectedStore(
      id: known.id, address: address,
      client: StoreClient(
        graphQL: GraphQLClient(
          transport: transport, url: address.canonical, token: await sandbox.app.token,
          reach: .anywhere)))
    let keys = try #require(try RewardKeys([Array(repeating: 7, count: 32)]))
    var settings = WorkSettings()
    settings.retry = RetryPolicy(base: .milliseconds(1), cap: .milliseconds(5))
    settings.rollout = rollout
    var schedule = ReconcileSettings()
    schedule.lag = lag
    schedule.interval = interval
    schedule.warmUp = .milliseconds(100)
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    adopt = Adopt(pool: pool, store: store, keys: keys, settings: settings, log: log)
    reconcile = Reconcile(
      pool: pool, store: store, keys: keys, settings: settings, schedule: schedule, log: log)
  }
}

extension TestShop {
  /// Compares and changes nothing.
  func check() async throws -> Reconciliation {
    try await Reconciling(pool, sandbox, transport).reconcile.check()
  }

  /// Compares and puts right.
  func reconcile() async throws -> Reconciliation {
    try #require(try await Reconciling(pool, sandbox, transport).reconcile.run())
  }

  /// Pays orders of a friend each, and waits for their rewards.
  func rewardOrders(_ numbers: ClosedRange<Int>) async throws -> [SandboxOrder] {
    try await issueAlicesCode()
    let orders = try await payOrders(numbers)
    try await waitForRewards(numbers.count, .issued)
    try await settle()
    return orders
  }

  /// Takes every reward and referral from the ledger, as an older backup does.
  func forget() async throws {
    try await pool.execute("DELETE FROM rewards")
    try await pool.execute("DELETE FROM traces")
    try await pool.execute("DELETE FROM decisions")
    try await pool.execute("DELETE FROM referrals")
  }

  /// Every row of every table of the ledger, to see that nothing changes; once the work that is under
  /// way has ended, which would change some.
  func everything() async throws -> String {
    try await eventually("something is still under way") {
      try await count(
        """
        SELECT (SELECT count(*) FROM runs)
          + (SELECT count(*) FROM referral_codes WHERE announce_at <= now())
          + (SELECT count(*) FROM rewards WHERE next_attempt_at <= now()) AS count
        """) == 0
    }
    var text = ""
    let tables = try await pool.rows(
      """
      SELECT table_name FROM information_schema.tables
      WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
        -- A stage empties it by itself.
        AND table_name <> 'note_changes'
      ORDER BY table_name
      """
    ) { row in try row.decode("table_name", as: String.self) }
    for table in tables {
      let rows = try await pool.rows(
        Query(text: "SELECT t::text AS line FROM \(table) AS t ORDER BY 1")
      ) { row in try row.decode("line", as: String.self) }
      text += "\(table)\n\(rows.joined(separator: "\n"))\n"
    }
    return text
  }
}
