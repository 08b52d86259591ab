import Domain
package import Logging
import NIOConcurrencyHelpers
import ServiceLifecycle

/// Which stores Laurel serves now: that of the environment and those in which it is installed.
///
/// The ledger is read again every few seconds, because another process may have been told of a
/// change, and whenever it is signalled or `refresh` is called.
package final class StoreDirectory: Service {
  /// Why a store cannot be found.
  package enum Failure: Error, Sendable {
    /// The ledger has not been read yet.
    case notRead
    /// Too many wait already for what the next reading brings.
    case busy
  }

  /// How many may wait at once for the reading that looks for their store.
  package static let maximumWaiting = 256
  /// How soon after a reading for a store that is not known another one may begin.
  private static let patience: Duration = .seconds(1)

  private struct State {
    var connections: [StoreConnection]?
    /// The reading that those wait for who miss a store; it has not begun yet.
    var next: Task<Void, any Error>?
    /// When the last such reading began.
    var lookedAt: ContinuousClock.Instant?
    var waiting = 0
    var begun = 0
    var published = 0
    var told: Set<StoreID> = []
  }

  private let standing: @Sendable () async throws -> StoreConnection?
  private let installed: @Sendable () async throws -> [StoreConnection]
  private let interval: Duration
  private let log: Logger
  private let state = NIOLockedValueBox(State())
  private let stream = AsyncStream.makeStream(
    of: [StoreConnection].self, bufferingPolicy: .bufferingNewest(1))
  private let signals = AsyncStream.makeStream(
    of: Void.self, bufferingPolicy: .bufferingNewest(1))

  /// A directory of the store that `standing` gives, the environment's, and those that `installed`
  /// reads. Where both name one store, the environment counts. Nothing is read before `refresh` or
  /// `run`.
  package init(
    standing: @escaping @Sendable () async throws -> StoreConnection?,
    installed: @escaping @Sendable () async throws -> [StoreConnection],
    interval: Duration = .seconds(5), log: Logger
  ) {
    self.standing = standing
    self.installed = installed
    self.interval = interval
    self.log = log
  }

  /// The stores of each reading, the newest only; for one reader.
  package var readings: AsyncStream<[StoreConnection]> { stream.stream }

  /// The stores of the last reading, those that are switched off too; `nil` before the first.
  package var connections: [StoreConnection]? { state.withLockedValue { $0.connections } }

  /// The stores of the last reading that are worked for.
  /// - Throws: `Failure`.
  package func active() throws(Failure) -> [StoreConnection] {
    guard let connections else { throw .notRead }
    return connections.filter(\.isActive)
  }

  /// The first store of which `matches` holds. When there is none the ledger is read again, because
  /// another process may have been told of it just now; at most once a second, so that this may
  /// take as long. `nil` says that a reading which began after the call did not find it.
  /// - Throws: `Failure`, and what reading throws.
  package func first(
    where matches: (StoreConnection) -> Bool
  ) async throws -> StoreConnection? {
    guard let connections else { throw Failure.notRead }
    if let found = connections.first(where: matches) { return found }
    try await readAgain()
    return self.connections?.first(where: matches)
  }

  /// Waits for a reading that begins from now on; all who come before it begins share it. One that
  /// is under way may have looked before the store was there.
  private func readAgain() async throws {
    let reading = try state.withLockedValue { state throws(Failure) in
      guard state.waiting < Self.maximumWaiting else { throw .busy }
      state.waiting += 1
      if let next = state.next { return next }
      let start = max(.now, (state.lookedAt ?? .now - Self.patience) + Self.patience)
      // A task of its own: a sender who hangs up does not end it for the others.
      let next = Task {
        try? await Task.sleep(until: start)
        self.state.withLockedValue { state in
          state.next = nil
          state.lookedAt = .now
        }
        try await self.refresh()
      }
      state.next = next
      return next
    }
    defer { state.withLockedValue { $0.waiting -= 1 } }
    try await reading.value
  }

  /// Reads the ledger now: everything that was committed before this call is known after it.
  /// - Throws: what reading throws.
  package func refresh() async throws {
    let number = state.withLockedValue { state in
      state.begun += 1
      return state.begun
    }
    let own = try await standing()
    let others = try await installed()
    let both = others.filter { $0.id == own?.id }
    let connections = (own.map { [$0] } ?? []) + others.filter { $0.id != own?.id }
    let (isNewest, untold) = state.withLockedValue { state -> (Bool, [StoreConnection]) in
      // A reading that was overtaken knows less than the one that overtook it.
      guard number > state.published else { return (false, []) }
      state.published = number
      state.connections = connections
      return (true, both.filter { state.told.insert($0.id).inserted })
    }
    for store in untold {
      log.warning(
        "the App that is installed in this store is not used: SALEOR_API_URL names the store",
        metadata: ["store": "\(store.address)"])
    }
    if isNewest { stream.continuation.yield(connections) }
  }

  /// Has the ledger read soon, by whoever runs this directory.
  package func signal() { signals.continuation.yield() }

  /// Reads the ledger every few seconds, and when it is signalled, until the shutdown.
  package func run() async throws {
    await withTaskGroup { group in
      group.addTask { [interval] in
        while (try? await Task.sleep(for: interval)) != nil { self.signal() }
      }
      var isFailing = false
      for await _ in signals.stream.cancelOnGracefulShutdown() {
        do {
          try await refresh()
          isFailing = false
        } catch {
          log.log(
            level: isFailing ? .debug : .error, "the stores cannot be read",
            metadata: ["error": "\(error)"])
          isFailing = true
        }
      }
      group.cancelAll()
    }
  }
}
