package import Domain
import FoundationEssentials
import Ledger
package import Logging
import NIOConcurrencyHelpers
package import Postgres
import ServiceLifecycle

/// Keeps the book of what is under way in this process, and says every third of a lease that the
/// process lives.
///
/// That renews every lease of the process with one statement: what a living process has begun
/// nobody else claims, however long the store takes. Who has died is found by the others, or by its
/// successor. What was under way in it runs alone next; what has been alone with three deaths in a
/// row goes into quarantine.
///
/// A process counts as dead only when it could have spoken and did not. So it does not matter which
/// results a living one failed to write: when the database comes back after a crash, the process is
/// seen again before its lease is over, gives back what it has ended in the meantime, and nothing of
/// that is a death. One that ends in order gives everything back.
package final class Runs: Service, Sendable {
  private typealias Run = RunRepository.Run

  private let id = UUID()
  private let pool: Pool
  private let store: StoreID
  private let lease: Duration
  private let gate: RunGate
  private let log: Logger
  private let ends: RunEnds
  /// At most the widths of all stages together, and what died with other processes.
  private let underWay: NIOLockedValueBox<Set<Run>>

  /// Keeps the book of the work for `store`; `gate` is the process's.
  package init(pool: Pool, store: StoreID, lease: Duration, gate: RunGate, log: Logger) {
    self.pool = pool
    self.store = store
    self.lease = lease
    self.gate = gate
    self.log = log
    let underWay = NIOLockedValueBox(Set<Run>())
    self.underWay = underWay
    ends = RunEnds { [id] runs in
      do {
        let ended = try await RunRepository(pool).end(store: store, runs, worker: id)
        if ended < runs.count {
          log.notice("work ended that another process had taken over")
        }
      } catch {
        // It is given back as soon as the database answers.
        log.debug("ends of work not noted", metadata: ["error": "\(error)"])
      }
      underWay.withLockedValue { $0.subtract(runs) }
    }
  }

  /// Speaks up until the shutdown. It has to be the last service to be shut down: what is under way
  /// then has been cut off in order, and is nobody's death.
  package func run() async throws {
    await cancelWhenGracefulShutdown {
      var failures = 0
      while !Task.isCancelled {
        do {
          try await self.renew()
          failures = 0
        } catch is CancellationError {
          break
        } catch {
          failures += 1
          self.log.log(
            level: failures == 1 ? .error : .debug, "leases not renewed",
            metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: self.lease / 3)
      }
    }
    // In a task of its own: this one may be cancelled, and the statement with it.
    await Task { try? await leave() }.value
  }

  /// Begins work of a stage; gives the keys that nobody else has, and how they may run.
  /// - Throws: `PostgresError`.
  func begin(_ stage: String, _ keys: [String]) async throws -> [String: RunRepository.Manner] {
    guard !keys.isEmpty else { return [:] }
    let runs = keys.map { Run(stage: stage, key: $0) }
    underWay.withLockedValue { $0.formUnion(runs) }
    do {
      let begun = try await RunRepository(pool)
        .begin(store: store, stage: stage, keys: keys, worker: id, lease: lease)
      forget(runs.filter { begun[$0.key] == nil })
      return begun
    } catch {
      // Should it be written all the same, it is tidied up.
      forget(runs)
      throw error
    }
  }

  /// Runs work that has begun beside other work, and ends it.
  func together(_ stage: String, _ key: String, _ body: () async -> Void) async {
    await gate.together(body)
    await end(stage, key)
  }

  /// Runs one piece of work that has begun while nothing else runs in this process, and ends it.
  /// It is given back as it was when `isStopping` says so by then, or when the database does not
  /// answer.
  func alone(
    _ stage: String, _ key: String, unless isStopping: @Sendable () -> Bool,
    _ body: () async -> Void
  ) async {
    await gate.alone {
      do {
        guard !isStopping(),
          try await RunRepository(pool)
            .markAlone(store: store, stage: stage, key: key, worker: id)
        else { return forget([Run(stage: stage, key: key)]) }
      } catch {
        log.error(
          "work not run alone yet", metadata: ["stage": "\(stage)", "error": "\(error)"])
        return forget([Run(stage: stage, key: key)])
      }
      log.warning(
        "runs alone: a process died while this was under way",
        metadata: ["stage": "\(stage)", "key": "\(key)"])
      await body()
      await end(stage, key)
    }
  }

  private func end(_ stage: String, _ key: String) async {
    await ends.end([Run(stage: stage, key: key)])
  }

  private func forget(_ runs: [Run]) {
    underWay.withLockedValue { $0.subtract(runs) }
  }

  private func renew() async throws {
    let remains = try await pool.transaction { session in
      let runs = RunRepository(session)
      try await runs.renew(store: store, worker: id, lease: lease)
      // Asked for after the transaction began: what had begun by then and is not among it has ended.
      let kept = underWay.withLockedValue { Array($0) }
      try await runs.tidy(store: store, worker: id, keeping: kept)
      let remains = try await runs.bury(store: store, worker: id)
      for run in remains where run.loneDeaths >= Quarantine.loneDeaths {
        try await Quarantine(session).enter(store: store, stage: run.stage, key: run.key)
      }
      try await Quarantine(session).tidy(store: store)
      return remains
    }
    // What could not be forgotten now is forgotten with the next sign of life.
    try? await RunRepository(pool).forgetLinked(store: store)
    for run in remains {
      log.error(
        run.loneDeaths >= Quarantine.loneDeaths
          ? "work is in quarantine" : "a process died while this was under way",
        metadata: [
          "stage": "\(run.stage)", "key": "\(run.key)", "lone_deaths": "\(run.loneDeaths)",
        ])
    }
  }

  private func leave() async throws {
    try await pool.transaction { session in
      let runs = RunRepository(session)
      try await runs.tidy(store: store, worker: id, keeping: [])
      try await runs.leave(store: store, worker: id)
    }
  }
}
