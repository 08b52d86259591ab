package import Domain
import Ledger
package import Logging
import NIOConcurrencyHelpers
package import Postgres
package import Signing

/// The keys with which the stores sign: read from the ledger, fetched from the store when a delivery
/// names one that is not known.
///
/// For one store there is one fetch at a time, and at most one a minute, over all processes, by the
/// database's clock: nobody can make Laurel hammer a store by sending it made-up key ids. Nor the
/// ledger, which is read for one store at most once a second while nothing may be fetched.
package actor KeyDirectory {
  /// Why a key cannot be had. That is our fault and never the sender's: the store is to come again.
  package struct Failure: Error, Sendable, CustomStringConvertible {
    /// What happened, for the log.
    package let description: String
  }

  /// How long what the ledger said of a store counts while a key is not known.
  private static let patience: Duration = .seconds(1)

  private struct Known {
    /// As the ledger said.
    var keys: KnownKeys
    /// When the ledger was read.
    var readAt: ContinuousClock.Instant
  }

  private let pool: Pool
  private let log: Logger
  private let now: @Sendable () -> ContinuousClock.Instant
  private let fetch: @Sendable (StoreAddress) async throws -> [UInt8]
  /// Beside the actor, so that a delivery whose key is known need not wait for it.
  private let known = NIOLockedValueBox<[StoreID: Known]>([:])
  private var flights: [StoreID: Task<Void, any Error>] = [:]

  /// Keeps the keys in the ledger behind `pool` and asks stores with `fetch`. `now` is the clock by
  /// which a replaced key grows old in this process.
  package init(
    pool: Pool, log: Logger, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    fetch: @escaping @Sendable (StoreAddress) async throws -> [UInt8]
  ) {
    self.pool = pool
    self.log = log
    self.now = now
    self.fetch = fetch
  }

  /// The keys of a store that have the one called `keyID`.
  /// - Throws: `Failure` when it is not known and cannot be fetched now, `PostgresError`.
  package nonisolated func keys(
    of store: StoreID, at address: StoreAddress, keyID: String
  ) async throws -> JSONWebKeySet {
    if case .verify(let keys) = step(store, keyID: keyID) { return keys }
    return try await find(store, address, keyID: keyID)
  }

  private func find(
    _ store: StoreID, _ address: StoreAddress, keyID: String
  ) async throws -> JSONWebKeySet {
    switch step(store, keyID: keyID) {
    case .verify(let keys): return keys
    case .waitBeforeFetch(let wait):
      if let readAt = known.withLockedValue({ $0[store]?.readAt }), now() - readAt < Self.patience {
        throw Self.unknownKey(wait)
      }
    case .fetch: break
    }
    try await look(store, address, keyID: keyID)
    switch step(store, keyID: keyID) {
    case .verify(let keys): return keys
    case .fetch, .waitBeforeFetch:
      throw Failure(description: "the store's keys have none of the id that the signature names")
    }
  }

  /// Brings what is known up to date. Those who ask meanwhile wait for the same look.
  private func look(_ store: StoreID, _ address: StoreAddress, keyID: String) async throws {
    if let flight = flights[store] { return try await flight.value }
    // A task of its own: others wait for it too, and a sender who hangs up does not end it.
    let flight = Task { try await update(store, address, keyID: keyID) }
    flights[store] = flight
    defer { flights[store] = nil }
    try await flight.value
  }

  /// Reads the ledger, where another process may have put the key; else fetches.
  private func update(_ store: StoreID, _ address: StoreAddress, keyID: String) async throws {
    let repository = StoreKeyRepository(pool)
    try adopt(store, try await repository.find(store: store))
    switch step(store, keyID: keyID) {
    case .verify: return
    case .waitBeforeFetch(let wait):
      throw Self.unknownKey(wait)
    case .fetch: break
    }
    guard try await repository.claimFetch(store: store, interval: KnownKeys.fetchInterval) else {
      throw Failure(description: "the key is unknown, and another process has just fetched")
    }
    let document: [UInt8]
    do {
      document = try await fetch(address)
      _ = try JSONWebKeySet(json: document)
    } catch {
      log.warning(
        "the store's keys cannot be fetched",
        metadata: ["store": "\(address)", "error": "\(error)"])
      try await repository.noteFailure(store: store, error: "\(error)")
      throw Failure(description: "the store's keys cannot be fetched: \(error)")
    }
    try await repository.save(
      store: store, document: document, keepingReplacedFor: KnownKeys.replacedKeysCount)
    try adopt(store, try await repository.find(store: store))
    log.info("the store's keys were fetched", metadata: ["store": "\(address)"])
  }

  /// Takes over what the ledger knows.
  private func adopt(_ store: StoreID, _ standing: StoreKeyRepository.Standing?) throws {
    guard let standing else { return }
    let new = Known(
      keys: KnownKeys(
        current: try standing.document.map(JSONWebKeySet.init(json:)),
        replaced: try standing.replaced.map { (try JSONWebKeySet(json: $0.document), $0.age) },
        sinceFetch: standing.sinceFetch),
      readAt: now())
    known.withLockedValue { $0[store] = new }
  }

  private static func unknownKey(_ wait: Duration) -> Failure {
    Failure(description: "the key is unknown, and may be fetched for in \(wait)")
  }

  /// What follows from what is known in this process; replaced keys grow old here too.
  private nonisolated func step(_ store: StoreID, keyID: String) -> KnownKeys.Step {
    guard let known = known.withLockedValue({ $0[store] }) else {
      return KnownKeys().step(keyID: keyID)
    }
    var keys = known.keys
    let sinceRead = now() - known.readAt
    keys.replaced = keys.replaced.map { ($0.keys, $0.age + sinceRead) }
    return keys.step(keyID: keyID)
  }
}
