import FoundationEssentials
import Ledger
import Postgres
import Testing

/// A database of its own for each test, on the server that LAUREL_TEST_DATABASE_URL names.
struct TestDatabase: Sendable {
  /// There is no server to test with.
  struct Missing: Error, CustomStringConvertible {
    let description = "LAUREL_TEST_DATABASE_URL is not set: run the tests with `make test`"
  }

  /// How to connect to it.
  let connectionString: String
  private let name: String

  /// Runs `body` with a fresh, migrated database and drops it afterwards.
  static func with<Result>(
    _ body: (TestDatabase) async throws -> Result
  ) async throws -> Result {
    try await Turnstile.shared.pass { try await lease(body) }
  }

  private static func lease<Result>(
    _ body: (TestDatabase) async throws -> Result
  ) async throws -> Result {
    let template = try await Template.shared.name()
    let name = "laurel_\(UUID().uuidString.lowercased().replacing("-", with: "_"))"
    try await administer("CREATE DATABASE \(name) TEMPLATE \(template)")
    let database = TestDatabase(connectionString: try server() + " dbname=\(name)", name: name)
    let result: Result
    do {
      result = try await body(database)
    } catch {
      try? await administer("DROP DATABASE \(name) WITH (FORCE)")
      throw error
    }
    try await administer("DROP DATABASE \(name) WITH (FORCE)")
    return result
  }

  /// A pool of its own on the database; closed after `body`.
  func withPool<Result>(_ body: (Pool) async throws -> Result) async throws -> Result {
    let pool = try Pool(
      PostgresConfiguration(
        connectionString: connectionString, applicationName: "test", poolSize: 4))
    do {
      let result = try await body(pool)
      await pool.close()
      return result
    } catch {
      await pool.close()
      throw error
    }
  }

  /// Connection keywords of the server; the last `dbname` counts.
  fileprivate static func server() throws -> String {
    guard let server = ProcessInfo.processInfo.environment["LAUREL_TEST_DATABASE_URL"] else {
      throw Missing()
    }
    return server
  }

  fileprivate static func administer(_ statement: String) async throws {
    let pool = try Pool(
      PostgresConfiguration(
        connectionString: try server(), statementTimeout: .seconds(60), poolSize: 1))
    do {
      try await pool.execute(Query(text: statement))
    } catch {
      await pool.close()
      throw error
    }
    await pool.close()
  }

  /// The migrated database of which the others are copies, made once a run.
  private actor Template {
    static let shared = Template()
    private var made: Task<String, any Error>?

    func name() async throws -> String {
      if let made { return try await made.value }
      let task = Task {
        let name = "laurel_template_\(ProcessInfo.processInfo.processIdentifier)"
        try await TestDatabase.administer("DROP DATABASE IF EXISTS \(name)")
        try await TestDatabase.administer("CREATE DATABASE \(name)")
        let pool = try Pool(
          PostgresConfiguration(
            connectionString: try TestDatabase.server() + " dbname=\(name)", poolSize: 1))
        _ = try await Migrator(migrations: LedgerMigrations.all).up(pool)
        await pool.close()
        return name
      }
      made = task
      return try await task.value
    }
  }
}
