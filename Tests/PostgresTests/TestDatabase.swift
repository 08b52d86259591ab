import FoundationEssentials
import Glibc
import Postgres

/// Where the tests find a server: the environment variable `LAUREL_TEST_DATABASE_URL`, a libpq
/// conninfo or URI of a user who may create databases.
enum TestDatabase {
  struct Missing: Error, CustomStringConvertible {
    let description =
      "set LAUREL_TEST_DATABASE_URL to a conninfo or URI of a user who may create databases"
  }

  /// The server's configuration; throws when the variable is missing.
  static func configuration(
    database: String? = nil, statementTimeout: Duration = .seconds(20),
    replyGrace: Duration = .seconds(5), poolSize: Int = 4, poolWait: Duration = .seconds(5)
  ) throws -> PostgresConfiguration {
    guard let value = unsafe getenv("LAUREL_TEST_DATABASE_URL") else { throw Missing() }
    var text = unsafe String(cString: value)
    if let database {
      // Of a keyword that is given twice libpq takes the later one, in both notations.
      if text.contains("://") {
        text += text.contains("?") ? "&dbname=\(database)" : "?dbname=\(database)"
      } else {
        text += " dbname=\(database)"
      }
    }
    return try PostgresConfiguration(
      connectionString: text, statementTimeout: statementTimeout, replyGrace: replyGrace,
      applicationName: "laurel-tests", poolSize: poolSize, poolWait: poolWait)
  }

  /// Lends a connection to the server.
  @discardableResult
  static func withConnection<T>(
    statementTimeout: Duration = .seconds(20), replyGrace: Duration = .seconds(5),
    _ body: (Connection) async throws -> T
  ) async throws -> T {
    let connection = try await Connection.connect(
      configuration(statementTimeout: statementTimeout, replyGrace: replyGrace))
    do {
      let value = try await body(connection)
      await connection.close()
      return value
    } catch {
      await connection.close()
      throw error
    }
  }

  /// Lends a pool on a new, empty database, which is dropped afterwards.
  @discardableResult
  static func withPool<T>(
    size: Int = 4, wait: Duration = .seconds(5), statementTimeout: Duration = .seconds(20),
    _ body: (Pool) async throws -> T
  ) async throws -> T {
    let suffix = UUID().uuidString.lowercased().filter { $0 != "-" }
    let name = "laurel_test_\(suffix)"
    try await withConnection { try await $0.script("CREATE DATABASE \(name)") }
    let pool = Pool(
      try configuration(
        database: name, statementTimeout: statementTimeout, poolSize: size, poolWait: wait))
    let result: Result<T, any Error>
    do {
      result = .success(try await body(pool))
    } catch {
      result = .failure(error)
    }
    await pool.close(within: .seconds(1))
    try await withConnection { try await $0.script("DROP DATABASE \(name) WITH (FORCE)") }
    return try result.get()
  }
}

/// Waits until `condition` holds, for at most ten seconds; returns whether it does.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
  for _ in 0..<1000 {
    if try await condition() { return true }
    try await Task.sleep(for: .milliseconds(10))
  }
  return false
}

/// What the call throws, when that is a `PostgresError`.
func postgresError<T>(_ body: () async throws -> T) async -> PostgresError? {
  do {
    _ = try await body()
    return nil
  } catch {
    return error as? PostgresError
  }
}
