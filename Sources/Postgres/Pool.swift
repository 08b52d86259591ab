import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A bounded set of connections, opened when they are needed and kept for the next caller.
///
/// Callers who find none free wait in the order of their arrival and for at most
/// `PostgresConfiguration.poolWait`. A connection that broke is dropped when it comes back, or
/// when the next caller is about to get it, and a fresh one takes its place.
package final class Pool: PostgresSession {
  /// How the pool is used at one moment.
  package struct Statistics: Hashable, Sendable {
    /// The connections that are open or being opened.
    package let open: Int
    /// Those of them that nobody uses.
    package let idle: Int
    /// The callers that wait for one.
    package let waiting: Int

    /// The given numbers.
    package init(open: Int, idle: Int, waiting: Int) {
      self.open = open
      self.idle = idle
      self.waiting = waiting
    }
  }

  /// What a caller gets: a connection, or the right to open one.
  private enum Grant: Sendable {
    case connection(Connection)
    case slot
  }

  private typealias Outcome = Result<Grant, PostgresError>

  private struct Waiter {
    let id: Int
    let continuation: CheckedContinuation<Outcome, Never>
    let timer: Scheduled<Void>

    func resume(_ outcome: Outcome) {
      timer.cancel()
      continuation.resume(returning: outcome)
    }
  }

  private struct State {
    var open = 0
    /// The one used last is leased first, so that the others may be found unneeded.
    var idle: [Connection] = []
    var leased: [ObjectIdentifier: Connection] = [:]
    var waiters: [Waiter] = []
    var lastWaiter = 0
    var isClosed = false
  }

  /// The most callers that may wait at one time; one more is turned away at once.
  static let waiterLimit = 4096

  /// The configuration of each connection.
  package let configuration: PostgresConfiguration
  private let state = NIOLockedValueBox(State())
  private let timers = NIOSingletons.posixEventLoopGroup.next()

  /// A pool without connections; nothing is tried yet.
  package init(_ configuration: PostgresConfiguration) { self.configuration = configuration }

  /// How the pool is used now.
  package var statistics: Statistics {
    state.withLockedValue { state in
      Statistics(open: state.open, idle: state.idle.count, waiting: state.waiters.count)
    }
  }

  // MARK: Using a connection

  /// Lends a connection to `body`, which must not keep it. Throws `poolExhausted`, `closed`,
  /// `cancelled` or `connectionFailed` when there is none, else what `body` throws.
  package func withConnection<T>(
    _ body: (Connection) async throws -> T
  ) async throws -> T {
    let connection = try await lease()
    do {
      let value = try await body(connection)
      await giveBack(connection)
      return value
    } catch {
      await giveBack(connection)
      throw error
    }
  }

  /// Runs `body` in a transaction on a connection of the pool; see `Connection.transaction`.
  package func transaction<T>(
    isolation: IsolationLevel = .readCommitted, file: StaticString = #fileID,
    function: StaticString = #function, _ body: (Transaction) async throws -> T
  ) async throws -> T {
    try await withConnection {
      try await $0.transaction(isolation: isolation, file: file, function: function, body)
    }
  }

  /// Runs a query on a connection of the pool and reads its rows.
  package func rows<T: Sendable>(
    _ query: Query, at site: CallSite, _ decode: @Sendable (borrowing Row) throws -> T
  ) async throws -> [T] {
    try await withConnection { try await $0.rows(query, at: site, decode) }
  }

  /// Runs a statement on a connection of the pool. Returns how many rows it changed.
  @discardableResult
  package func execute(_ query: Query, at site: CallSite) async throws -> Int {
    try await withConnection { try await $0.execute(query, at: site) }
  }

  // MARK: Leases

  private func lease() async throws(PostgresError) -> Connection {
    switch try await acquire().get() {
    case .slot: return try await open()
    case .connection(let connection):
      // An idle session has nothing to say unless it ends; asking the socket costs one call.
      guard connection.control.hasPendingInput else { return connection }
      await connection.close()
      state.withLockedValue { $0.leased[ObjectIdentifier(connection)] = nil }
      return try await open()
    }
  }

  /// Opens a connection in a slot that the caller holds.
  private func open() async throws(PostgresError) -> Connection {
    do throws(PostgresError) {
      let connection = try await Connection.connect(configuration)
      let isClosed = state.withLockedValue { state in
        if !state.isClosed { state.leased[ObjectIdentifier(connection)] = connection }
        return state.isClosed
      }
      if isClosed {
        await connection.close()
        throw Self.closed
      }
      return connection
    } catch {
      freeSlot()
      throw error
    }
  }

  private func acquire() async -> Outcome {
    if let outcome = state.withLockedValue({ grant(&$0) }) { return outcome }
    let id = state.withLockedValue { state in
      state.lastWaiter += 1
      return state.lastWaiter
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let outcome = state.withLockedValue { state -> Outcome? in
          if let outcome = grant(&state) { return outcome }
          // Looked up under the lock: a cancellation that comes later finds the waiter.
          if Task.isCancelled { return .failure(Self.cancelled) }
          let wait = TimeAmount.milliseconds(configuration.poolWait.milliseconds)
          let timer = timers.scheduleTask(in: wait) { self.refuse(id, self.exhausted) }
          state.waiters.append(Waiter(id: id, continuation: continuation, timer: timer))
          return nil
        }
        if let outcome { continuation.resume(returning: outcome) }
      }
    } onCancel: {
      refuse(id, Self.cancelled)
    }
  }

  /// What can be given without waiting: nil when the caller has to wait.
  private func grant(_ state: inout State) -> Outcome? {
    if state.isClosed { return .failure(Self.closed) }
    if let connection = state.idle.popLast() {
      state.leased[ObjectIdentifier(connection)] = connection
      return .success(.connection(connection))
    }
    if state.open < configuration.poolSize {
      state.open += 1
      return .success(.slot)
    }
    return state.waiters.count < Self.waiterLimit ? nil : .failure(exhausted)
  }

  private func refuse(_ id: Int, _ error: PostgresError) {
    let waiter = state.withLockedValue { state in
      state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
    }
    waiter?.resume(.failure(error))
  }

  private func giveBack(_ connection: Connection) async {
    let isReusable = connection.control.isReusable
    let (isKept, waiter) = state.withLockedValue { state -> (Bool, Waiter?) in
      guard isReusable, !state.isClosed else { return (false, nil) }
      if !state.waiters.isEmpty { return (true, state.waiters.removeFirst()) }
      state.leased[ObjectIdentifier(connection)] = nil
      state.idle.append(connection)
      return (true, nil)
    }
    waiter?.resume(.success(.connection(connection)))
    if isKept { return }
    // Closed before its slot is given away, so that the server never sees more than the bound.
    await connection.close()
    state.withLockedValue { $0.leased[ObjectIdentifier(connection)] = nil }
    freeSlot()
  }

  /// A connection is gone: the next waiter may open one in its place.
  private func freeSlot() {
    let waiter = state.withLockedValue { state -> Waiter? in
      if !state.waiters.isEmpty { return state.waiters.removeFirst() }
      state.open -= 1
      return nil
    }
    waiter?.resume(.success(.slot))
  }

  // MARK: Closing

  /// Closes the pool: waiting callers and later ones get `closed`, leased connections may come
  /// back until the deadline, and those still out are then closed in the midst of what they do.
  /// Returns how many that were. Cancelling the task ends the wait for them.
  @discardableResult
  package func close(within deadline: Duration = .seconds(10)) async -> Int {
    let end = ContinuousClock.now + deadline
    let (idle, waiters) = state.withLockedValue { state in
      defer {
        state.isClosed = true
        state.open -= state.idle.count
        state.idle = []
        state.waiters = []
      }
      return (state.idle, state.waiters)
    }
    for waiter in waiters { waiter.resume(.failure(Self.closed)) }
    for connection in idle { await connection.close() }
    while statistics.open > 0, ContinuousClock.now < end {
      do {
        try await Task.sleep(for: .milliseconds(10))
      } catch {
        break
      }
    }
    let late = state.withLockedValue { Array($0.leased.values) }
    await withDiscardingTaskGroup { group in
      for connection in late { group.addTask { await connection.abort() } }
    }
    return late.count
  }

  private var exhausted: PostgresError {
    PostgresError(
      .poolExhausted,
      "all \(configuration.poolSize) connections stayed in use for \(configuration.poolWait)")
  }

  private static var closed: PostgresError { PostgresError(.closed, "the pool is closed") }

  private static var cancelled: PostgresError {
    PostgresError(.cancelled, "the task was cancelled while it waited for a connection")
  }
}
