import NIOCore
import NIOPosix

/// One session at the server. Its calls block, so it has a thread of its own: the actor's executor
/// is an event loop that does nothing else. The thread ends when the last reference is gone.
package actor Connection: PostgresSession {
  private let configuration: PostgresConfiguration
  private let threads: MultiThreadedEventLoopGroup
  private let executor: any SerialExecutor
  private var libpq: LibpqConnection?
  private var statements = StatementCache()
  /// The number of the transaction that is open; statements from elsewhere are refused meanwhile.
  private var openTransaction: Int?
  private var transactionCount = 0
  /// What other threads may do to this connection.
  nonisolated let control = ConnectionControl()

  /// Where this actor's code runs.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  private init(_ configuration: PostgresConfiguration) {
    self.configuration = configuration
    threads = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    executor = threads.next().executor
  }

  deinit {
    // Only here: a job sent to a thread that has ended would never run, and its caller never wake.
    threads.shutdownGracefully { _ in }
  }

  /// Connects. Throws `connectionFailed` or `configuration`.
  package static func connect(
    _ configuration: PostgresConfiguration
  ) async throws(PostgresError) -> Connection {
    let connection = Connection(configuration)
    try await connection.open()
    return connection
  }

  private func open() throws(PostgresError) {
    libpq = try LibpqConnection(configuration, control: control)
  }

  /// Closes the session; the server rolls back what is open. Later calls throw `closed`.
  package func close() { libpq = nil }

  /// Closes the session even if a statement is under way, which then throws `closed`. For
  /// shutting down when waiting is no longer possible.
  package nonisolated func abort() async {
    control.abort()
    await close()
  }

  // MARK: Statements

  /// Runs a query outside a transaction and reads its rows.
  package func rows<T: Sendable>(
    _ query: Query, at site: CallSite, _ decode: @Sendable (borrowing Row) throws -> T
  ) async throws -> [T] {
    try await committing(query.sql, at: site) {
      try await run(query, in: nil) { result in try result.map(decode) }
    }
  }

  /// Runs a statement outside a transaction. Returns how many rows it changed.
  @discardableResult
  package func execute(_ query: Query, at site: CallSite) async throws -> Int {
    try await committing(query.sql, at: site) {
      try await run(query, in: nil) { $0.affectedRows }
    }
  }

  /// Runs the statements of a text one after the other, without values and without preparing
  /// them. `timeout` bounds the client's wait for all of it.
  package func script(
    _ text: String, timeout: Duration? = nil, file: StaticString = #fileID,
    function: StaticString = #function
  ) async throws {
    try await committing(text, at: CallSite(file: file, function: function)) {
      try await script(text, timeout: timeout, in: nil)
    }
  }

  /// Runs a statement that is a transaction of its own; tells the hook when it is a commit.
  private func committing<T>(
    _ sql: String, at site: CallSite, _ body: () async throws -> T
  ) async throws -> T {
    guard let hook = configuration.commitHook, Self.isWriting(sql) else { return try await body() }
    hook("commit.\(site.name).before")
    let value = try await body()
    hook("commit.\(site.name).after")
    return value
  }

  /// Whether a statement writes; our own statements have their keywords in capitals.
  private static func isWriting(_ sql: String) -> Bool {
    ["INSERT INTO ", "UPDATE ", "DELETE FROM ", "CREATE "].contains { sql.contains($0) }
  }

  /// `rows` and `execute`, for the transaction of this number.
  func run<T>(
    _ query: Query, in transaction: Int?, _ read: (borrowing ResultSet) throws -> T
  ) async throws -> T {
    if let fault = query.fault { throw fault }
    return try await cancellable(in: transaction) {
      let answer = try perform(query)
      return try read(answer)
    }
  }

  /// `script`, for the transaction of this number.
  func script(_ text: String, timeout: Duration?, in transaction: Int?) async throws {
    try await cancellable(in: transaction) {
      _ = try exchange(timeout: timeout) { (libpq) throws(PostgresError) in
        try libpq.send(text: text)
      }
    }
  }

  /// Runs one statement such that cancelling the task cancels it.
  private func cancellable<T>(in transaction: Int?, _ body: () throws -> T) async throws -> T {
    guard libpq != nil else { throw PostgresError(.closed, "the connection is closed") }
    guard transaction == openTransaction else {
      throw transaction == nil
        ? PostgresError(.protocolViolation, "a transaction is open on this connection")
        : PostgresError(.closed, "the transaction is over")
    }
    if Task.isCancelled { throw PostgresError(.cancelled, "the task was cancelled") }
    let ticket = control.begin()
    defer { control.end(isIdle: libpq?.isIdle ?? false) }
    return try await withTaskCancellationHandler {
      let value = try body()
      if transaction != nil, libpq?.isIdle != false {
        throw PostgresError(.protocolViolation, "a statement ended the transaction it ran in")
      }
      return value
    } onCancel: {
      control.cancel(ticket: ticket)
    }
  }

  /// Executes by a prepared statement. One that the server no longer has, or whose result has
  /// changed its columns since, is prepared anew, unless a transaction has failed by it already.
  private func perform(_ query: Query) throws(PostgresError) -> ResultSet {
    if statements.countExecution() {
      // Allowed within a transaction too.
      _ = try exchange { (libpq) throws(PostgresError) in try libpq.send(text: "DISCARD PLANS") }
    }
    if let name = statements.name(of: query) {
      do throws(PostgresError) {
        return try execute(query, name: name)
      } catch {
        // invalid_sql_statement_name; feature_not_supported, "cached plan must not change result
        // type". The latter has other causes too, for which the second try fails likewise.
        guard error.sqlState == "26000" || error.sqlState == "0A000" else { throw error }
        statements.remove(query)
        guard libpq?.isIdle == true else { throw error }
      }
    }
    if statements.isFull {
      _ = try exchange { (libpq) throws(PostgresError) in try libpq.send(text: "DEALLOCATE ALL") }
      statements.removeAll()
    }
    let name = statements.freshName()
    _ = try exchange { (libpq) throws(PostgresError) in
      try libpq.sendPrepare(query, name: name)
    }
    statements.store(query, as: name)
    // A cancellation that arrived while preparing has not stopped anything yet.
    if control.isCancelled { throw PostgresError(.cancelled, "the task was cancelled") }
    return try execute(query, name: name)
  }

  private func execute(_ query: Query, name: String) throws(PostgresError) -> ResultSet {
    try exchange { (libpq) throws(PostgresError) in try libpq.sendExecute(query, name: name) }
  }

  /// Sends something and waits for the answer. A connection that cannot be used afterwards is
  /// closed.
  private func exchange(
    timeout: Duration? = nil, _ send: (borrowing LibpqConnection) throws(PostgresError) -> Void
  ) throws(PostgresError) -> ResultSet {
    let timeout = timeout ?? configuration.statementTimeout
    let start = ContinuousClock.now
    let deadline = start + timeout + configuration.replyGrace
    let answer: ResultSet
    do throws(PostgresError) {
      guard libpq != nil else { throw PostgresError(.closed, "the connection is closed") }
      answer = try receive(until: deadline, send)
    } catch {
      if error.code != .encoding { libpq = nil }
      throw error
    }
    guard let error = answer.error else { return answer }
    // 57014 query_canceled: by us, by the server's clock, or by an operator.
    if error.sqlState == "57014" {
      if control.isCancelled { throw error.with(code: .cancelled) }
      if start.duration(to: .now) >= timeout { throw error.with(code: .timeout) }
    }
    throw error
  }

  private func receive(
    until deadline: ContinuousClock.Instant,
    _ send: (borrowing LibpqConnection) throws(PostgresError) -> Void
  ) throws(PostgresError) -> ResultSet {
    switch libpq {
    case .some(let libpq):
      try send(libpq)
      return try libpq.receive(until: deadline, grace: configuration.replyGrace)
    case .none: throw PostgresError(.closed, "the connection is closed")
    }
  }

  // MARK: Transactions

  /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
  ///
  /// Throws what `body` throws; `outcomeUnknown` when the connection breaks during COMMIT;
  /// `transactionAborted` when `body` returned although a statement of it had failed. Once `body`
  /// has returned, cancelling the task no longer stops the commit. Transactions do not nest.
  package nonisolated func transaction<T>(
    isolation: IsolationLevel = .readCommitted, file: StaticString = #fileID,
    function: StaticString = #function, _ body: (Transaction) async throws -> T
  ) async throws -> T {
    let transaction = try await begin(isolation)
    let value: T
    do {
      value = try await body(transaction)
    } catch {
      await rollback()
      throw error
    }
    guard let hook = configuration.commitHook else {
      try await commit()
      return value
    }
    let name = CallSite(file: file, function: function).name
    hook("commit.\(name).before")
    try await commit()
    hook("commit.\(name).after")
    return value
  }

  private func begin(_ isolation: IsolationLevel) async throws -> Transaction {
    try await script("BEGIN ISOLATION LEVEL \(isolation.rawValue)")
    transactionCount += 1
    openTransaction = transactionCount
    return Transaction(connection: self, number: transactionCount)
  }

  /// Ends the transaction. A session that cannot be brought back to idle is closed.
  private func rollback() {
    openTransaction = nil
    guard libpq != nil else { return }
    do {
      _ = try uncancellable("ROLLBACK")
    } catch {
      libpq = nil
    }
  }

  private func commit() throws(PostgresError) {
    openTransaction = nil
    // What was lost before COMMIT was sent is not committed, and that is certain.
    guard libpq?.isAlive() == true else {
      libpq = nil
      throw PostgresError(.connectionLost, "the connection was lost before the commit")
    }
    if libpq?.isFailedTransaction == true {
      rollback()
      throw PostgresError(
        .transactionAborted, "a statement of the transaction had failed; it was rolled back")
    }
    do throws(PostgresError) {
      let command = try uncancellable("COMMIT")
      if command != "COMMIT" {
        throw PostgresError(.transactionAborted, "the server rolled the transaction back")
      }
    } catch {
      // transaction_resolution_unknown, statement_completion_unknown.
      if libpq == nil || error.sqlState == "08007" || error.sqlState == "40003" {
        throw error.with(code: .outcomeUnknown)
      }
      if libpq?.isIdle != true { rollback() }
      throw error
    }
  }

  /// Runs one command to its end whatever becomes of the task; returns what the server did.
  private func uncancellable(_ command: String) throws(PostgresError) -> String {
    _ = control.begin()
    defer { control.end(isIdle: libpq?.isIdle ?? false) }
    return try exchange { (libpq) throws(PostgresError) in try libpq.send(text: command) }.command
  }
}
