import CPostgres

/// How to reach the database, and how long to wait for it.
package struct PostgresConfiguration: Sendable {
  /// libpq's conninfo (`host=… dbname=…`) or a URI (`postgresql://…`). It may hold a password.
  package let connectionString: String
  /// How long the server works on one statement before it gives up. From 1 ms to 24 h.
  package let statementTimeout: Duration
  /// How much longer than that the client waits for the answer before it takes the server for
  /// dead and drops the connection.
  package let replyGrace: Duration
  /// How long making a connection may take, for each address of the host. libpq counts whole
  /// seconds and waits for two at least.
  package let connectTimeout: Duration
  /// The name shown in `pg_stat_activity`, unless the connection string sets another.
  package let applicationName: String
  /// The most connections that a pool opens, 1 to 1000.
  package let poolSize: Int
  /// How long a caller may wait for a connection of the pool to become free.
  package let poolWait: Duration
  /// Whether the server refuses every statement that writes.
  package let isReadOnly: Bool
  /// Is told of every commit; for tests that end the program at a chosen one.
  package let commitHook: CommitHook?

  /// Checks everything and throws `configuration`; no message repeats the connection string.
  package init(
    connectionString: String, statementTimeout: Duration = .seconds(30),
    replyGrace: Duration = .seconds(5), connectTimeout: Duration = .seconds(5),
    applicationName: String = "laurel", poolSize: Int = 8, poolWait: Duration = .seconds(5),
    isReadOnly: Bool = false, commitHook: CommitHook? = nil
  ) throws(PostgresError) {
    self.connectionString = connectionString
    self.statementTimeout = statementTimeout
    self.replyGrace = replyGrace
    self.connectTimeout = connectTimeout
    self.applicationName = applicationName
    self.poolSize = poolSize
    self.poolWait = poolWait
    self.isReadOnly = isReadOnly
    self.commitHook = commitHook

    let day = Duration.seconds(86_400)
    let durations = [
      ("statement timeout", statementTimeout), ("reply grace", replyGrace),
      ("connect timeout", connectTimeout), ("pool wait", poolWait),
    ]
    for (name, duration) in durations where duration < .milliseconds(1) || duration > day {
      throw PostgresError(.configuration, "the \(name) must lie between 1 ms and 24 h")
    }
    guard (1...1000).contains(poolSize) else {
      throw PostgresError(.configuration, "the pool size must lie between 1 and 1000")
    }
    guard !applicationName.utf8.contains(0) else {
      throw PostgresError(.configuration, "the application name contains U+0000")
    }
    _ = try Self.options(of: connectionString)
  }

  /// The keywords and values for PQconnectdbParams. libpq lets a later one win, so what stands
  /// before `dbname` is a default that the connection string may change, and what stands after it
  /// is decided here.
  func parameters() throws(PostgresError) -> [(keyword: String, value: String)] {
    let given = try Self.options(of: connectionString)["options"]
    let options = [
      given, "-c statement_timeout=\(statementTimeout.milliseconds)",
      // A body that hangs with a transaction open would hold its locks for ever.
      "-c idle_in_transaction_session_timeout=\(statementTimeout.milliseconds)",
      "-c TimeZone=UTC", isReadOnly ? "-c default_transaction_read_only=on" : nil,
    ]
    let silence = statementTimeout + replyGrace
    return [
      ("fallback_application_name", applicationName),
      ("keepalives", "1"), ("keepalives_idle", "30"), ("keepalives_interval", "10"),
      ("keepalives_count", "3"), ("tcp_user_timeout", "\(silence.milliseconds)"),
      ("dbname", connectionString),
      ("client_encoding", "UTF8"),
      ("connect_timeout", "\((connectTimeout.milliseconds + 999) / 1000)"),
      ("options", options.compactMap(\.self).joined(separator: " ")),
    ]
  }

  /// What a connection string sets, as the environment variables by which PostgreSQL's programs take
  /// it: on their command line anybody could read the password. Keywords that have no variable are
  /// left out.
  package static func environment(of text: String) throws(PostgresError) -> [String: String] {
    _ = try options(of: text)
    guard let list = unsafe PQconninfoParse(text, nil) else { return [:] }
    defer { unsafe PQconninfoFree(list) }
    var environment: [String: String] = [:]
    var entry = unsafe list
    while unsafe entry.pointee.keyword != nil {
      if let variable = unsafe entry.pointee.envvar, let value = unsafe entry.pointee.val {
        unsafe environment[String(cString: variable)] = String(cString: value)
      }
      unsafe entry += 1
    }
    return environment
  }

  /// The keywords that the connection string sets. Throws `configuration` with words of our own,
  /// since libpq's message quotes pieces of the text, one of which can be the password.
  private static func options(of text: String) throws(PostgresError) -> [String: String] {
    guard !text.isEmpty, !text.utf8.contains(0), let list = unsafe PQconninfoParse(text, nil) else {
      throw PostgresError(
        .configuration, "the connection string is neither a libpq conninfo nor a postgresql:// URI")
    }
    defer { unsafe PQconninfoFree(list) }
    var options: [String: String] = [:]
    var entry = unsafe list
    while let keyword = unsafe entry.pointee.keyword {
      if let value = unsafe entry.pointee.val {
        unsafe options[String(cString: keyword)] = String(cString: value)
      }
      unsafe entry += 1
    }
    return options
  }
}

extension PostgresConfiguration: CustomStringConvertible, CustomReflectable {
  /// Everything but the connection string.
  package var description: String {
    "PostgreSQL as \(applicationName), \(poolSize) connections, statements \(statementTimeout)"
  }

  /// Keeps the connection string out of `dump` and of interpolated parents.
  package var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

extension Duration {
  /// Whole milliseconds, rounded up so that a short wait does not become none.
  var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
  }
}
