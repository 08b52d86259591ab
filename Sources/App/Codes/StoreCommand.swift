import Domain
import FoundationEssentials
import HTTPTransport
import Ledger
import Logging
import Postgres
import SaleorAPI

/// What a command works on that has to do with the configured store: the ledger, the store's number
/// in it, and the way to talk to the store.
struct StoreCommand: Sendable {
  let pool: Pool
  let store: StoreID
  let client: StoreClient

  /// Runs `body` on the environment's configuration, and closes everything after it.
  /// - Throws: `ConfigurationError`, `LedgerError.notUpToDate`, `PostgresError`, or what `body`
  ///   throws.
  static func with<Result>(_ body: (StoreCommand) async throws -> Result) async throws -> Result {
    let configuration = try Configuration(environment: ProcessInfo.processInfo.environment)
    guard let connected = configuration.store else {
      throw ConfigurationError(["SALEOR_API_URL is missing; codes belong to a store's customers"])
    }
    let log = Logger(label: "laurel") { label in
      LineLogHandler(label: label, level: .warning, format: configuration.logFormat)
    }
    var result: Result?
    try await Database.with(configuration, log: log) { connectionString in
      let pool = try Pool(
        PostgresConfiguration(
          connectionString: connectionString, statementTimeout: .seconds(30),
          connectTimeout: .seconds(3), applicationName: "laurel", poolSize: 2))
      let transport = try HTTPTransport()
      let outcome = await Swift.Result { () async throws -> Result in
        try await LedgerMigrations.requireUpToDate(pool)
        return try await body(
          StoreCommand(
            pool: pool, store: try await StoreRepository(pool).connect(connected.address),
            client: StoreClient(
              graphQL: GraphQLClient(
                transport: transport, url: connected.address.canonical, token: connected.token))))
      }
      await transport.shutdown()
      await pool.close()
      result = try outcome.get()
    }
    guard let result else { throw CancellationError() }
    return result
  }
}

extension Result where Failure == any Error {
  /// Runs `body` and keeps what it gives or throws.
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
