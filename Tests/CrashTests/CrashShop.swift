import Domain
import FoundationEssentials
import HTTPTransport
import Logging
import Postgres
import ProcessTesting
import Sandbox
import ServiceLifecycle
import Testing

/// What a crash test stands on: a PostgreSQL of its own, a sandbox store in this process, and the
/// book of what is due. The `laurel serve` processes come and go beside it.
struct CrashShop: Sendable {
  /// The secret of the store's webhook.
  static let webhookSecret = "crash-webhook-secret"
  /// The key of the admin API.
  static let adminKey = "crash-admin-key-0123456789"
  /// The key of reward codes.
  static let codeKey = [UInt8](repeating: 7, count: 32)
  /// How long a worker holds what it has claimed: the shortest that can be set, so that taking
  /// over is quick.
  static let leaseSeconds = 1

  let database: PrivateServer
  let sandbox: SandboxStore
  let address: StoreAddress
  let transport: HTTPTransport
  let book: OrderBook
  /// What the orders are paid by.
  let campaigns: [CrashCampaign]
  /// The environment of a `laurel serve`.
  let environment: [String: String]
  let pool: Pool

  /// Opens a shop for the time of `body`, with more in Laurel's environment, and these rules beside
  /// the campaigns in its file; `nil` for the shipped ones. Without campaigns it is the shipped file.
  static func open<Result: Sendable>(
    _ environment: [String: String] = [:],
    campaigns: [CrashCampaign] = CrashCampaign.ofFile, rules: String? = nil,
    _ body: (CrashShop) async throws -> Result
  ) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "laurel-crash-\(UUID().uuidString.lowercased())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(CrashCampaign.yaml(rules).utf8).write(to: folder.appending(path: "laurel.yaml"))
    try FileManager.default.copyItem(
      atPath: "config/disposable-domains.txt",
      toPath: folder.appending(path: "disposable-domains.txt").path)
    var environment = environment
    if campaigns == CrashCampaign.ofFile {
      environment["LAUREL_CONFIG"] = folder.appending(path: "laurel.yaml").path
    }
    return try await run(environment, campaigns, body)
  }

  private static func run<Result: Sendable>(
    _ environment: [String: String], _ campaigns: [CrashCampaign],
    _ body: (CrashShop) async throws -> Result
  ) async throws -> Result {
    try await PrivateServer.run { database in
      let log = Logger(label: "crash test") { _ in SwiftLogNoOpLogHandler() }
      let sandbox = SandboxStore()
      // So that there is something to list; its payload is gone.
      await sandbox.keepFailed(event: .customerCreated, payload: nil, createdAt: Date())
      let server = SandboxServer(store: sandbox, logger: log)
      let stores = ServiceGroup(services: [server], logger: log)
      async let storeRuns: Void = stores.run()
      let address = try #require(StoreAddress(try await server.apiURL()))
      let shop = CrashShop(
        database: database, sandbox: sandbox, address: address,
        transport: try HTTPTransport(maximumConnectionsPerHost: 128),
        book: OrderBook(address: address), campaigns: campaigns,
        environment: [
          "HOST": "127.0.0.1", "PORT": "0", "DATABASE_URL": database.connectionString,
          "SALEOR_API_URL": address.canonical, "SALEOR_TOKEN": await sandbox.app.token,
          "SALEOR_WEBHOOK_SECRET": webhookSecret, "REFERRAL_REWARD_AMOUNT": "10.50",
          "REFERRAL_REWARD_CURRENCY": "USD", "LAUREL_ADMIN_KEY": adminKey,
          "LAUREL_CODE_KEY": Data(codeKey).base64EncodedString(),
          "LAUREL_LEASE_SECONDS": String(leaseSeconds),
        ].merging(environment) { $1 },
        pool: Pool(try database.configuration()))
      let result = await Swift.Result { try await body(shop) }
      await stores.triggerGracefulShutdown()
      try await storeRuns
      await shop.transport.shutdown()
      await shop.pool.close()
      return try result.get()
    }
  }

  /// Has the holds of some orders, so many in a hundred, be over.
  func endHolds(percent: Int = 100) async throws {
    try await pool.execute(
      """
      UPDATE referrals SET paid_at = paid_at - interval '14 days',
        held_until = held_until - interval '14 days', next_check_at = now()
      WHERE state = 'tracked' AND held_until > now() AND lease_until IS NULL
        AND random() * 100 < \(percent)
      """)
  }

  /// Waits until nothing is left to be done for any delivery, referral or reward; holds end now.
  /// - Throws: `NotSettled` with what is left.
  func settle(within limit: Duration = .seconds(300)) async throws {
    let deadline = ContinuousClock.now + limit
    var left = "the database does not answer"
    while ContinuousClock.now < deadline {
      try? await endHolds()
      if let now = try? await leftToDo() {
        if now.isEmpty { return }
        left = now.prefix(20).joined(separator: "\n")
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw NotSettled(description: "after \(limit) there is work left:\n\(left)")
  }

  /// Waits until each letter was tried once. The store sends none of them, so they do not end.
  /// - Throws: `NotSettled`.
  func tryLetters() async throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while ContinuousClock.now < deadline {
      let isDone = try? await pool.first(
        """
        SELECT NOT EXISTS (
          SELECT FROM letters WHERE status = 'waiting' AND attempts = 0) AS is_done
        """
      ) { row in try row.decode("is_done", as: Bool.self) }
      if isDone == true { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw NotSettled(description: "letters were never tried")
  }

  /// The work does not end.
  struct NotSettled: Error, CustomStringConvertible {
    let description: String
  }

  /// A line for each piece of work that is not done.
  private func leftToDo() async throws -> [String] {
    try await pool.rows(
      """
      SELECT 'delivery ' || id AS line FROM inbox_queue
      UNION ALL
      SELECT concat_ws(' ', 'referral', order_id, state, 'checks', checks, rule, reason)
      FROM referrals WHERE next_check_at IS NOT NULL
      UNION ALL
      SELECT concat_ws(' ', 'reward', order_id, status, 'attempts', attempts, last_error)
      FROM rewards WHERE next_attempt_at IS NOT NULL
      UNION ALL
      SELECT concat_ws(' ', 'ledger', generation, position, stopped_reason)
      FROM ledger_marks WHERE restoring_since IS NOT NULL OR position = 0
      LIMIT 1000
      """
    ) { row in try row.decode("line", as: String.self) }
  }

  /// Which generation the ledger is of.
  func generation() async throws -> Int {
    try await pool.first("SELECT generation FROM ledger_marks") { row in
      try row.decode("generation", as: Int.self)
    } ?? 0
  }

  /// Waits until the ledger has noticed that it was put back, and has made it good.
  /// - Throws: `NotSettled`.
  func waitForGeneration(above generation: Int) async throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while ContinuousClock.now < deadline {
      let isRestored = try? await pool.first(
        """
        SELECT generation > \(generation) AND restoring_since IS NULL AS is_restored
        FROM ledger_marks
        """
      ) { row in try row.decode("is_restored", as: Bool.self) }
      if isRestored == true { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw NotSettled(description: "nobody notices that the ledger was put back")
  }

  /// Waits until the reward of an order stands at the store.
  /// - Throws: `NotSettled`.
  func waitForReward(of order: SandboxOrder) async throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while ContinuousClock.now < deadline {
      if try await !book.count(at: sandbox).lost.contains(order.id) { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw NotSettled(description: "no reward of \(order.id)")
  }

  /// Makes the ledger one that looks as if it had been put back, so that everything that follows
  /// from that is done.
  func setMarksBack() async throws {
    try await pool.execute("UPDATE ledger_marks SET position = 0 WHERE position > 0")
  }

  /// What the ledger tells of an order: the story of a reward that was lost or doubled.
  func story(of order: String) async throws -> String {
    try await pool.first(
      """
      SELECT concat_ws(' ', \(order), 'referral:', max(state), max(rule), max(reason), 'reward:',
        max(rewards.status), max(last_error), 'deliveries:', count(*)) AS story
      FROM inbox
      LEFT JOIN referrals USING (store_id, order_id) LEFT JOIN rewards USING (store_id, order_id)
      WHERE order_id = \(order)
      """
    ) { row in try row.decode("story", as: String.self) } ?? order
  }

  /// One number out of the ledger.
  func count(_ query: Query) async throws -> Int {
    try await pool.first(query) { row in try row.decode("count", as: Int.self) } ?? 0
  }

  /// One text out of the ledger; empty when there is none.
  func text(_ query: Query) async throws -> String {
    try await pool.first(query) { row in try row.decode("text", as: String.self) } ?? ""
  }

  /// Waits until `condition` holds; a database that does not answer is asked again.
  func eventually(
    _ what: Comment, within limit: Duration = .seconds(60),
    sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
  ) async throws {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record(what, sourceLocation: sourceLocation)
    throw NotSettled(description: "\(what)")
  }

  /// Follows an unpaid order since a month and a day ago, as if its first event had come then.
  func track(since order: SandboxOrder, code: String) async throws {
    try await pool.execute(
      """
      INSERT INTO referrals (store_id, order_id, ref_code, created_at)
      SELECT id, \(order.id), \(code), now() - interval '31 days' FROM stores
      """)
  }
}

extension Result where Failure == any Error {
  /// Runs `body` and keeps what it gives or throws.
  init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
