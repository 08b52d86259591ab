import Domain
import FoundationEssentials
import Ledger
import Logging
import Postgres

/// The ledger of one store, opened for a command that a human gives, beside a service that runs or
/// without one.
package struct Administration: Sendable {
  /// What every such command can be told.
  package struct Options: Sendable {
    /// The store's address, needed when the ledger serves several and the environment names none.
    package var store: String?
    /// Whether to answer in JSON.
    package var isJSON: Bool

    /// Options with these values.
    package init(store: String?, isJSON: Bool) {
      self.store = store
      self.isJSON = isJSON
    }
  }

  /// The database.
  let pool: Pool
  /// The store.
  let store: StoreID
  /// To how many of the referrers rewards are issued by themselves.
  let rollout: Rollout
  /// Whether to answer in JSON.
  let isJSON: Bool

  /// Opens the ledger that the environment names and runs `body` on it.
  /// - Throws: `ConfigurationError`, `UsageError`, `LedgerError` when the schema is not up to date,
  ///   and what the database or `body` throws.
  static func run(
    _ options: Options, _ body: (Administration) async throws -> CommandReport
  ) async throws -> CommandReport {
    let configuration = try Configuration(
      environment: ProcessInfo.processInfo.environment, for: .ledgerCommand)
    return try await withPool(configuration) { pool in
      try await LedgerMigrations.requireUpToDate(pool)
      let store = try await store(configuration, named: options.store, pool)
      return try await body(
        Administration(
          pool: pool, store: store, rollout: configuration.rollout, isJSON: options.isJSON))
    }
  }

  /// Runs `body` with a few connections to the database of the environment, which can only read if
  /// `isReadOnly`.
  /// - Throws: what the database or `body` throws.
  static func withPool<Result: Sendable>(
    _ configuration: Configuration, isReadOnly: Bool = false,
    _ body: (Pool) async throws -> Result
  ) async throws -> Result {
    try await Database.sharing(configuration, log: log(configuration)) { connectionString in
      let pool = try Pool(
        PostgresConfiguration(
          connectionString: connectionString, statementTimeout: .seconds(60),
          applicationName: "laurel command", poolSize: 2, isReadOnly: isReadOnly))
      do {
        let result = try await body(pool)
        await pool.close()
        return result
      } catch {
        await pool.close()
        throw error
      }
    }
  }

  /// The log of a command: what a human has to know.
  static func log(_ configuration: Configuration) -> Logger {
    Logger(label: "laurel") { label in
      LineLogHandler(label: label, level: .warning, format: configuration.logFormat)
    }
  }

  /// The store that is named, else that of the environment, else the only one of the ledger.
  private static func store(
    _ configuration: Configuration, named name: String?, _ pool: Pool
  ) async throws -> StoreID {
    let known = try await StoreRepository(pool).all()
    var wanted = configuration.storeAddress
    if let name {
      guard let address = StoreAddress(name) else {
        throw UsageError("--store takes the store's address, ending in /graphql/")
      }
      wanted = address
    }
    if let wanted {
      guard let store = known.first(where: { $0.address == wanted.canonical }) else {
        throw UsageError("the ledger has nothing of the store \(wanted) yet")
      }
      return store.id
    }
    guard let only = known.first else {
      throw UsageError(
        "no store is connected yet; have one install Laurel, or start laurel serve with one")
    }
    guard known.count == 1 else {
      throw UsageError(
        "the ledger serves several stores; choose one with --store ADDRESS:\n"
          + known.map { "  \($0.address)" }.joined(separator: "\n"))
    }
    return only.id
  }
}
