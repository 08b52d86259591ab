import App
import Domain
import FoundationEssentials
import HTTPTransport
import Intake
import Ledger
import Logging
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import ServiceLifecycle
import Signing
import Testing
import Work

/// A shop to test with: a sandbox store, Laurel on a database of its own, and a client, all on the
/// real wire.
struct TestShop: Sendable {
  /// The secret of the recorded deliveries.
  static let webhookSecret = "referral-secret-1"
  /// The admin key.
  static let adminKey = "test-admin-key-0123456789"

  let sandbox: SandboxStore
  let transport: HTTPTransport
  let pool: Pool
  let store: StoreID
  /// The sandbox store's address.
  let storeURL: String
  let url: String
  /// Every log line that Laurel wrote.
  let logLines: NIOLockedValueBox<[String]>

  /// Opens a shop for the time of `body`.
  static func open<Result>(
    on database: TestDatabase? = nil, permissions: [String] = SandboxApp.recordedPermissions,
    environment: [String: String] = [:], work change: (inout WorkSettings) -> Void = { _ in },
    _ body: (TestShop) async throws -> Result
  ) async throws -> Result {
    if let database {
      return try await run(
        database.connectionString, permissions, environment, work: change, body)
    }
    return try await TestDatabase.with { database in
      try await run(database.connectionString, permissions, environment, work: change, body)
    }
  }

  /// Opens a shop on any database, with more in Laurel's environment.
  static func run<Result>(
    _ connectionString: String, _ permissions: [String] = SandboxApp.recordedPermissions,
    _ environment: [String: String] = [:], work change: (inout WorkSettings) -> Void = { _ in },
    _ body: (TestShop) async throws -> Result
  ) async throws -> Result {
    let sandbox = SandboxStore(app: SandboxApp(permissions: permissions))
    return try await serve(sandbox) { storeURL in
      try await visit(
        sandbox, storeURL, connectionString, environment, work: change, body)
    }
  }

  /// Serves a sandbox store for the time of `body`, which takes its address.
  static func serve<Result>(
    _ sandbox: SandboxStore, _ body: (String) async throws -> Result
  ) async throws -> Result {
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = SandboxServer(store: sandbox, logger: log)
    let stores = ServiceGroup(services: [server], logger: log)
    async let storeRuns: Void = stores.run()
    let storeURL = try await server.apiURL()
    let result = await Swift.Result { try await body(storeURL) }
    await stores.triggerGracefulShutdown()
    try await storeRuns
    return try result.get()
  }

  /// Runs Laurel beside a sandbox store for the time of `body`.
  static func visit<Result>(
    _ sandbox: SandboxStore, _ storeURL: String, _ connectionString: String,
    _ environment: [String: String], work change: (inout WorkSettings) -> Void = { _ in },
    installed: @escaping @Sendable (Pool) async throws -> [StoreConnection] = { _ in [] },
    _ body: (TestShop) async throws -> Result
  ) async throws -> Result {
    let lines = NIOLockedValueBox<[String]>([])
    let log = Logger(label: "test") { label in
      LineLogHandler(label: label, level: .debug, format: .text) { line in
        lines.withLockedValue { $0.append(line) }
      }
    }
    let configuration = try Configuration(
      environment: Self.environment(storeURL: storeURL, token: await sandbox.app.token)
        .merging(environment) { $1 })
    var settings = WorkSettings()
    settings.interval = .milliseconds(100)
    settings.retry = RetryPolicy(base: .milliseconds(10), cap: .milliseconds(200))
    settings.announceRetry = settings.retry
    settings.factRetry = settings.retry
    settings.recheck = RetryPolicy(base: .milliseconds(100), cap: .milliseconds(500))
    settings.look = RetryPolicy(base: .milliseconds(50), cap: .milliseconds(500))
    settings.letterRetry = settings.retry
    settings.letterWaits = [.milliseconds(100), .milliseconds(100), .milliseconds(100)]
    settings.mailTimeout = .seconds(20)
    change(&settings)
    let laurel = try await Laurel(
      configuration, connectionString: connectionString, roles: Set(Laurel.Role.allCases),
      migrate: true, work: settings, installed: installed, log: log)
    let closer = Closer()
    async let laurelRuns: Void = laurel.run(beside: [closer])
    let port = try #require(await laurel.boundPort.value())
    let transport = try HTTPTransport(maximumConnectionsPerHost: 64)
    let pool = try Pool(PostgresConfiguration(connectionString: connectionString, poolSize: 4))
    let shop = TestShop(
      sandbox: sandbox, transport: transport, pool: pool,
      store: try await StoreRepository(pool).connect(try #require(StoreAddress(storeURL))),
      storeURL: storeURL, url: "http://127.0.0.1:\(port)", logLines: lines)
    let result = await Swift.Result { try await body(shop) }
    closer.close()
    try await laurelRuns
    await transport.shutdown()
    await pool.close()
    return try result.get()
  }

  /// The environment of a Laurel for the sandbox store.
  static func environment(storeURL: String, token: String) -> [String: String] {
    [
      "HOST": "127.0.0.1", "PORT": "0", "SALEOR_API_URL": storeURL, "SALEOR_TOKEN": token,
      "SALEOR_WEBHOOK_SECRET": "another-secret, \(webhookSecret)",
      "REFERRAL_REWARD_AMOUNT": "10.50", "REFERRAL_REWARD_CURRENCY": "USD",
      "LAUREL_ADMIN_KEY": adminKey, "LAUREL_DELIVERY": "off",
      "LAUREL_CODE_KEY": Data(repeating: 7, count: 32).base64EncodedString(),
      "LAUREL_POLL_SECONDS": "0", "LAUREL_HISTORY": "off", "LAUREL_NOTES": "off",
    ]
  }

  /// Ends Laurel when it is told to.
  private final class Closer: Service {
    private let stream = AsyncStream.makeStream(of: Void.self)

    func close() { stream.continuation.finish() }

    func run() async throws {
      for await _ in stream.stream.cancelOnGracefulShutdown() {}
    }
  }
}

extension Result where Failure == any Error {
  /// Runs `body` and keeps what it gives or throws.
  init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
