import Domain
import FoundationEssentials
import Ledger
package import Logging
package import Postgres
import SaleorAPI
import Signing

/// Finds the promo codes at the store whose rewards the ledger does not know, as after it was put
/// back to an older state, and has their orders decided, so that the rewards are taken over.
///
/// It reads the store first and the ledger second: a reward that is issued meanwhile is known by
/// then. Repeating it is safe.
package struct Adopt: Sendable {
  /// What was found.
  package struct Summary: Sendable, Equatable {
    /// How many promo codes of Laurel's the store has.
    package internal(set) var codes = 0
    /// How many rewards, given up or held back, go on because the store has their code.
    package internal(set) var released = 0
    /// How many unknown codes are being adopted: their orders are in the inbox.
    package internal(set) var adopting = 0
    /// How many unknown codes cannot be explained.
    package internal(set) var unexplained = 0
  }

  /// How many codes are looked at together.
  private static let batch = 100

  private let pool: Pool
  private let store: ConnectedStore
  private let keys: RewardKeys
  private let settings: WorkSettings
  private let log: Logger

  /// Works for `store`.
  package init(
    pool: Pool, store: ConnectedStore, keys: RewardKeys, settings: WorkSettings, log: Logger
  ) {
    self.pool = pool
    self.store = store
    self.keys = keys
    self.settings = settings
    self.log = log
  }

  /// Reads the store and writes down what the ledger did not know.
  /// - Throws: `StoreError` when the store could not be read whole, `PostgresError`, `LedgerError`,
  ///   `SigningError`, `CancellationError`.
  package func run() async throws -> Summary {
    try await listing.read(keep: {}) { try await settle($0) }
  }

  /// The way to read the store.
  var listing: StoreListing {
    StoreListing(pool: pool, store: store, settings: settings, log: log)
  }

  /// Writes down what the ledger did not know of `reading`.
  func settle(
    _ reading: StoreListing.Reading, keep: () async throws -> Void = {}
  ) async throws -> Summary {
    var summary = Summary()
    summary.codes = reading.count
    summary.released = try await reading.table.release(
      store: store.id, rollout: settings.rollout)
    var last: UUID?
    while true {
      let codes = try await reading.table.unknown(
        store: store.id, after: last, limit: Self.batch)
      guard let end = codes.last?.rewardID else { break }
      // All of an order together, so that one decision takes them over.
      let others = try await reading.table.others(store: store.id, of: codes)
      let explained = try await explain(codes + others)
      try await write(explained)
      summary.adopting += explained.count { $0.problem == nil }
      summary.unexplained += explained.count { $0.problem != nil }
      last = end
      try await keep()
    }
    log.log(
      level: summary.adopting + summary.unexplained + summary.released > 0 ? .notice : .debug,
      "promo codes at the store read",
      metadata: [
        "codes": "\(summary.codes)", "adopting": "\(summary.adopting)",
        "unexplained": "\(summary.unexplained)", "released": "\(summary.released)",
      ])
    return summary
  }

  /// A code with the delivery that has its order decided, or with the reason why there is none.
  private struct Explained: Sendable {
    let code: StoreCodeRepository.Code
    var arrival: InboxRepository.Arrival?
    var problem: String?
  }

  private func explain(_ codes: [StoreCodeRepository.Code]) async throws -> [Explained] {
    try await withThrowingTaskGroup(of: Explained.self) { group in
      var explained: [Explained] = []
      for (index, code) in codes.enumerated() {
        if index >= settings.width, let done = try await group.next() { explained.append(done) }
        group.addTask { try await explain(code) }
      }
      for try await done in group { explained.append(done) }
      return explained
    }
  }

  private func explain(_ code: StoreCodeRepository.Code) async throws -> Explained {
    guard let orderID = code.orderID else {
      return Explained(code: code, problem: "it does not say which order earned it")
    }
    let identity = code.role.map { role in
      RewardIdentity(
        storeAddress: store.address.canonical, orderID: orderID, campaignID: code.campaignID,
        role: role)
    }
    guard let identity, try RewardKeys.id(of: identity) == code.rewardID else {
      return Explained(code: code, problem: "the order that it names did not earn this reward")
    }
    guard try keys.keyID(of: identity, codeHash: code.codeHash) != nil else {
      return Explained(
        code: code, problem: "its code is derived from none of the keys in LAUREL_CODE_KEY")
    }
    guard
      let order = try await listing.patiently({ try await store.client.polledOrder(orderID) })
    else { return Explained(code: code, problem: "the store no longer has its order") }
    guard let arrival = try Poll.arrival(order, store: store.id, log) else {
      return Explained(code: code, problem: "its order cannot be read")
    }
    return Explained(code: code, arrival: arrival)
  }

  /// The order that a delivery tells of, with the code that it names.
  private static func order(
    _ arrival: InboxRepository.Arrival
  ) -> (orderID: String, code: ReferralCode?)? {
    guard let delivery = try? Delivery(body: arrival.body, eventHeader: nil),
      let orderID = delivery.orderID
    else { return nil }
    return (orderID, delivery.referralCodeText.flatMap(ReferralCode.init(typed:)))
  }

  /// Codes and deliveries go in together, so that a code without a problem always has its order
  /// under way.
  private func write(_ explained: [Explained]) async throws {
    // Two rewards of an order bring the same delivery.
    var seen: Set<[UInt8]> = []
    let arrivals = explained.compactMap(\.arrival).filter { seen.insert($0.eventID).inserted }
    try await pool.transaction { session in
      let codes = FoundCodeRepository(session)
      try await codes.save(store: store.id, explained.map { ($0.code, $0.problem) })
      guard !arrivals.isEmpty else { return }
      try await codes.reopen(store: store.id, orders: arrivals.compactMap(\.orderID))
      try await ReferralRepository(session).trackFound(
        store: store.id, arrivals.compactMap(Self.order))
      let isNew = try await InboxRepository(session).insert(arrivals)
      for (arrival, isNew) in zip(arrivals, isNew) where !isNew {
        _ = try await EventArchive(session).replay(store: store.id, arrival.eventID)
      }
    }
  }
}
