package import Domain
import FoundationEssentials
import Ledger
package import Logging
package import Postgres
import SaleorAPI
import ServiceLifecycle

/// Compares the ledger with the store: adopts what the ledger does not know, makes worthless again
/// what was taken back and came to life, and reports everything else. A reward whose card is gone is
/// never made again.
///
/// The store is read first and the ledger second, so that a reward that is issued meanwhile is no
/// difference. A store that cannot be read whole gives no result.
package struct Reconcile: Sendable {
  /// Another process has taken the run over.
  private struct Overtaken: Error, CustomStringConvertible {
    let description = "another process has taken over"
  }

  /// How many rewards are looked at together.
  private static let batch = 100
  /// How often the schedule is looked at, at least.
  private static let pace = Duration.seconds(60)

  private let pool: Pool
  private let store: ConnectedStore
  private let adopt: Adopt
  private let settings: WorkSettings
  private let schedule: ReconcileSettings
  private let log: Logger

  /// Works for `store`.
  package init(
    pool: Pool, store: ConnectedStore, keys: RewardKeys, settings: WorkSettings,
    schedule: ReconcileSettings, log: Logger
  ) {
    self.pool = pool
    self.store = store
    adopt = Adopt(pool: pool, store: store, keys: keys, settings: settings, log: log)
    self.settings = settings
    self.schedule = schedule
    self.log = log
  }

  /// The stage that reconciles on schedule; `nil` when it is switched off.
  package func stage() -> Stage? {
    schedule.interval.map { interval in
      let start = ContinuousClock.now + schedule.warmUp
      return Stage(
        name: "reconcile", width: 1, interval: min(interval, Self.pace), wakeup: Wakeup(),
        log: log
      ) { _ in
        guard ContinuousClock.now >= start else { return [] }
        do {
          if let result = try await run(ifNoneFor: interval) { report(result) }
        } catch let error as StoreError {
          log.warning("not reconciled", metadata: ["error": "\(error)"])
        } catch is CancellationError {
          log.info("reconciling interrupted")
        }
        return []
      }
    }
  }

  /// Adopts, repairs and compares, unless another process does, or did less than `interval` ago;
  /// then `nil`.
  /// - Throws: `StoreError` when the store could not be read whole, `PostgresError`, `LedgerError`,
  ///   `SigningError`, `CancellationError`.
  package func run(ifNoneFor interval: Duration = .zero) async throws -> Reconciliation? {
    let runs = ReconcileRepository(pool)
    guard
      let turn = try await runs.claim(
        store: store.id, interval: interval, retry: min(interval, schedule.retry),
        lease: settings.lease)
    else { return nil }
    do {
      let result = try await compare(repairs: true) {
        guard try await runs.extend(store: store.id, turn, lease: settings.lease) else {
          throw Overtaken()
        }
      }
      try await runs.finish(store: store.id, turn, result)
      return result
    } catch {
      try await runs.giveUp(store: store.id, turn, error: "\(error)")
      throw error
    }
  }

  /// Compares and changes nothing, neither here nor at the store.
  /// - Throws: as `run`.
  package func check() async throws -> Reconciliation {
    try await compare(repairs: false) {}
  }

  private func compare(
    repairs: Bool, keep: () async throws -> Void
  ) async throws -> Reconciliation {
    try await adopt.listing.read(keep: keep) { reading in
      let adopted = repairs ? try await adopt.settle(reading, keep: keep) : nil
      let settled = reading.begun.addingTimeInterval(-(schedule.lag / .seconds(1)))
      let gone = try await missing(reading, settled: settled, keep: keep)
      let ledger = ReconcileRepository(reading.session)
      var rows = try await ledger.known(store: store.id, settled: settled)
      rows += try await ledger.unknown(store: store.id)
      rows += try await ledger.doubled()
      if repairs { try await repair(rows, reading, settled: settled) }
      // One look at the ledger, so that the sums belong together.
      let statements = try await reading.session.transaction(isolation: .repeatableRead) {
        try await ReconcileRepository($0).statements(store: store.id, settled: settled)
      }
      return Self.result(
        codes: reading.count, adopted, rows, statements, gone: gone,
        repairs: repairs)
    }
  }

  /// The rewards that the store no longer has, as far as they are told one by one, and how many.
  /// Each is asked for by its id first: staff can have removed what tells of the reward.
  private func missing(
    _ reading: StoreListing.Reading, settled: Date, keep: () async throws -> Void
  ) async throws -> (told: [Difference], count: Int) {
    var told: [Difference] = []
    var count = 0
    var last: UUID?
    while true {
      let missing = try await reading.table.missing(
        store: store.id, begun: settled, after: last, limit: Self.batch)
      guard let end = missing.last?.rewardID else { return (told, count) }
      for reward in missing {
        let code = try await adopt.listing.patiently {
          try await store.client.promoCode(reward.kind, id: reward.objectID)
        }
        if let code {
          try await reading.table.add([code.forLedger(of: reward.rewardID)])
        } else {
          count += 1
          guard told.count < Reconciliation.maximumDetails else { continue }
          told.append(
            Difference(
              .gone, rewardID: reward.rewardID.uuidString.lowercased(),
              promoCodeID: reward.objectID, detail: "the store no longer has it"))
        }
      }
      last = end
      try await keep()
    }
  }

  private func repair(
    _ rows: [ReconcileRepository.Row], _ reading: StoreListing.Reading, settled: Date
  ) async throws {
    if rows.contains(where: { $0.difference.kind == .revived }) {
      let count = try await ReconcileRepository(reading.session)
        .revive(store: store.id, settled: settled)
      log.error(
        "rewards that were taken back could be used at the store; they are made worthless again",
        metadata: ["rewards": "\(count)"])
    }
    // Laurel never makes a code good again, so there is nothing left of these rewards to be paid.
    for row in rows where row.difference.kind == .takenBack {
      guard let id = row.difference.rewardID.flatMap(UUID.init) else { continue }
      _ = try await pool.transaction { session in
        try await TakeBackRepository(session).takeBack(
          store: store.id, reward: id, in: [.issued, .delivered, .used, .expired],
          rule: "taken_back", reason: "Laurel had made its code worthless at the store already")
      }
    }
  }

  private static func result(
    codes: Int, _ adopted: Adopt.Summary?, _ rows: [ReconcileRepository.Row],
    _ statements: [Statement],
    gone: (told: [Difference], count: Int), repairs: Bool
  ) -> Reconciliation {
    var remaining: [Difference.Kind: Int] = [.gone: gone.count]
    var found = gone.told
    var adopting = adopted?.adopting ?? 0
    var repaired = adopted?.released ?? 0
    for row in rows {
      switch row.difference.kind {
      case .revived where repairs, .takenBack where repairs:
        // Of very many that were taken back, the next run does the rest.
        if row.difference.kind == .takenBack {
          remaining[.takenBack] = max(row.total - Reconciliation.maximumDetails, 0)
        }
        repaired += 1
        found.append(row.difference.repaired)
      case .unknown where row.isAdopting:
        // Some of what this run found can be decided by now.
        if adopted == nil { adopting = row.total }
        found.append(row.difference)
      case let kind:
        remaining[kind] = row.total
        found.append(row.difference)
      }
    }
    return Reconciliation(
      codes: codes, adopting: adopting, repaired: repaired, statements: statements,
      found: found, remaining: remaining)
  }

  private func report(_ result: Reconciliation) {
    log.log(
      level: result.remainingCount > 0 ? .warning : .info, "reconciled",
      metadata: ["result": "\(result.summary)"])
    for difference in result.differences.prefix(Self.batch) {
      log.warning(
        "ledger and store differ",
        metadata: [
          "difference": "\(difference.kind.rawValue)", "reward": "\(difference.rewardID ?? "-")",
          "promo_code": "\(difference.promoCodeID ?? "-")", "detail": "\(difference.detail)",
        ])
    }
  }
}

extension Difference {
  /// The same, put right.
  fileprivate var repaired: Difference {
    Difference(
      kind, rewardID: rewardID, orderID: orderID, promoCodeID: promoCodeID, detail: detail,
      isRepaired: true)
  }
}
