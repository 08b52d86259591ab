package import Domain
import FoundationEssentials
package import Ledger
package import Logging
import NIOConcurrencyHelpers
package import Postgres
import SaleorAPI
import ServiceLifecycle

/// Lets work be done for a store only while it is certain that this ledger is the App's one ledger,
/// and not older than what the store remembers of it.
///
/// Both leave marks: the ledger in its database, and the ledger's in the App's private metadata at
/// the store. They are compared at the start and at least every minute; each claim compares the
/// database again with what this process remembers, because a database can be put back under a
/// process that runs. Webhooks are taken in whatever the fence says.
package final class LedgerFence: Service {
  private struct State {
    /// What this process last knew of the ledger.
    var remembered: LedgerMarks?
    var openUntil: ContinuousClock.Instant?
    var raisedAt: ContinuousClock.Instant?
    var hasWorked = true
    var failures = 0
    /// The kind of the last failure, and how often it came in a row.
    var illness: (code: StoreError.Code, count: Int)?
    /// What was last said of it, and when.
    var said: (sentence: String, at: ContinuousClock.Instant)?
  }

  /// How long a comparison that was well counts.
  private static let validity = Duration.seconds(90)
  /// After how many failures of one kind in a row an odd answer counts as a refusal: with the waits
  /// between them, some minutes.
  private static let patience = 20
  private static let refused = """
    nothing is issued: the store refuses the token the App's own metadata, which it gave before; see \
    that the App is switched on, and that SALEOR_TOKEN is its token
    """
  /// How often what keeps the fence closed is said again.
  private static let reminder = Duration.seconds(600)
  /// How long the position stands while work goes on, at most: what a life that is lost did in so
  /// short a time goes unnoticed, until the ledger is reconciled.
  private static let longestStand = Duration.seconds(10)

  private let store: ConnectedStore
  private let keys: RewardKeys
  private let marks: LedgerMarkRepository
  private let restoration: Restoration
  private let stand: Duration
  private let log: Logger
  private let opened: @Sendable () -> Void
  private let wakeup = Wakeup()
  private let retry = RetryPolicy(base: .milliseconds(250), cap: .seconds(15))
  private let state = NIOLockedValueBox(State())

  /// Guards the work for `store`; what a ledger that was put back does not know is found out by
  /// `restoration`. Calls `opened` when work may begin.
  package init(
    pool: Pool, store: ConnectedStore, keys: RewardKeys, restoration: Restoration,
    settings: WorkSettings, log: Logger, opened: @escaping @Sendable () -> Void
  ) {
    self.store = store
    self.keys = keys
    self.restoration = restoration
    self.log = log
    self.opened = opened
    marks = LedgerMarkRepository(pool)
    stand = min(Self.longestStand, settings.lease)
  }

  // MARK: For the stages

  /// A stage's claim that gives nothing while the fence is closed.
  package func guarding(
    _ claim: @escaping @Sendable (Int) async throws -> [Stage.Job]
  ) -> @Sendable (Int) async throws -> [Stage.Job] {
    { [self] limit in
      guard try await isOpen() else { return [] }
      let jobs = try await claim(limit)
      if !jobs.isEmpty { noteWork() }
      return jobs
    }
  }

  /// Whether the ledger still stands as this process knows it; asked in the transaction that decides.
  package func agrees(_ standing: LedgerMarkRepository.Standing?) -> Bool {
    guard let ledger = standing?.ledger,
      let remembered = state.withLockedValue({ $0.remembered })
    else { return false }
    return ledger.marks.installation == remembered.installation
      && ledger.marks.generation == remembered.generation
      && ledger.marks.position >= remembered.position
      && !ledger.isRestoring && !ledger.isSuperseded && !ledger.takesOver
  }

  private func isOpen() async throws -> Bool {
    guard let until = state.withLockedValue({ $0.openUntil }), .now < until else { return false }
    if agrees(try await marks.find(store: store.id)) { return true }
    state.withLockedValue { $0.openUntil = nil }
    wakeup.signal()
    return false
  }

  private func noteWork() {
    let isDue = state.withLockedValue { state in
      state.hasWorked = true
      return state.failures == 0 && state.raisedAt.map { $0 + stand < .now } ?? true
    }
    if isDue { wakeup.signal() }
  }

  // MARK: The comparison

  /// Compares until the shutdown.
  package func run() async throws {
    let isStopping = NIOLockedValueBox(false)
    await withTaskCancellationOrGracefulShutdownHandler {
      while !isStopping.withLockedValue({ $0 }) {
        let wait = await cancelWhenGracefulShutdown { await self.compare() }
        await wakeup.wait(atMost: wait)
      }
    } onCancelOrGracefulShutdown: {
      isStopping.withLockedValue { $0 = true }
      self.wakeup.signal()
    }
  }

  /// Compares once. Returns after which time to compare again, unless there is work before.
  private func compare() async -> Duration {
    do {
      let wait = try await confirm()
      state.withLockedValue {
        $0.failures = 0
        $0.illness = nil
      }
      return wait
    } catch {
      let failures = state.withLockedValue { state in
        state.failures += 1
        let code = (error as? StoreError)?.code
        let count = state.illness?.code == code ? state.illness?.count ?? 0 : 0
        state.illness = code.map { ($0, count + 1) }
        return state.failures
      }
      if !Task.isCancelled {
        log.log(
          level: failures == 3 ? .warning : .debug, "the App's marks are not confirmed",
          metadata: ["error": "\(error)"])
      }
      return retry.wait(beforeAttempt: failures)
    }
  }

  private func confirm() async throws -> Duration {
    // The store first, and the ledger after it: see LedgerVerdict.
    let app: StoreClient.MarkedApp
    do {
      app = try await store.client.markedApp()
    } catch let error as StoreError where isRefusal(error) {
      return try await doWithout(error)
    }
    let standing = try await marks.open(
      store: store.id, installation: UUID(), key: keys.newestID)
    let ledger = standing.ledger
    let (remembered, hasWorked, raisedAt) = state.withLockedValue {
      ($0.remembered, $0.hasWorked, $0.raisedAt)
    }
    switch LedgerVerdict.of(
      ledger, store: app.marks, keys: keys.ids, remembered: remembered)
    {
    case .confirmed where !hasWorked && remembered != nil:
      open(ledger.marks)
    case .confirmed, .unmarked:
      let isSoon = raisedAt.map { .now < $0 + stand } ?? false
      if isSoon && app.marks != nil && remembered != nil {
        open(ledger.marks)
        return stand
      }
      guard
        let raised = try await marks.raise(
          store: store.id, known: ledger.marks, key: keys.newestID)
      else { return .zero }
      do {
        try await store.client.write(raised, toApp: app.id)
      } catch let error as StoreError where isRefusal(error) {
        return try await doWithout(error)
      }
      if !standing.isMarked { try await marks.noteMarked(store: store.id) }
      state.withLockedValue {
        $0.raisedAt = .now
        $0.hasWorked = false
      }
      open(raised)
    case .restored:
      return try await beginRestoration(ledger.marks, app.marks)
    case .restoring:
      // A human has filled the database from a backup: the store's time is not taken yet.
      guard standing.restoredAt != nil else {
        return try await beginRestoration(ledger.marks, app.marks)
      }
      close()
      do {
        try await store.client.write(ledger.marks, toApp: app.id)
      } catch let error as StoreError where isRefusal(error) && !standing.isMarked {
        // A store that keeps no marks has the ledger brought up to date all the same.
      }
      return try await restore(standing)
    case .stopped(let stop):
      close()
      let sentence = stop.sentence(ledger: ledger.marks, store: app.marks)
      try await marks.stop(
        store: store.id, known: ledger.marks, reason: sentence, isSuperseded: stop == .superseded)
      say(.error, sentence)
      return .milliseconds(Int.random(in: 10_000...15_000))
    }
    return .milliseconds(Int.random(in: 45_000...60_000))
  }

  private func beginRestoration(
    _ known: LedgerMarks, _ other: LedgerMarks?
  ) async throws -> Duration {
    close()
    log.warning(
      """
      this ledger is older than what the store remembers of it, or takes the App over; what it \
      does not know is found out before anything is issued
      """,
      metadata: ["generation": "\(known.generation)", "position": "\(known.position)"])
    let time = try await store.client.time()
    try await marks.beginRestoration(
      store: store.id, known: known, above: other, key: keys.newestID,
      restoredAt: time + Poll.overlap / .seconds(1))
    remember(nil)
    return .zero
  }

  /// Whether the store will not have marks. A store that is ill for a while says nothing about that:
  /// only one that gives the same odd answer again and again, which is no failure of HTTP's.
  private func isRefusal(_ error: StoreError) -> Bool {
    switch error.code {
    case .permissionDenied, .invalidRequest: true
    case .unreachable, .unavailable: false
    case .internalError, .answerTooLarge, .unexpectedAnswer:
      state.withLockedValue { state in
        state.illness.map { $0.code == error.code && $0.count >= Self.patience } ?? false
      }
    }
  }

  /// Without the marks of the store. What was possible before is only refused to a token that is
  /// dead, with which nothing can be issued either; where it was never possible, the work goes on.
  private func doWithout(_ error: StoreError) async throws -> Duration {
    let standing = try await marks.open(
      store: store.id, installation: UUID(), key: keys.newestID)
    let ledger = standing.ledger
    guard !standing.isMarked else {
      // What was confirmed counts for a while.
      if state.withLockedValue({ $0.openUntil.map { $0 < .now } ?? true }) {
        try await marks.stop(
          store: store.id, known: ledger.marks, reason: Self.refused, isSuperseded: false)
        say(.error, Self.refused)
      }
      throw error
    }
    switch LedgerVerdict.of(
      ledger, store: nil, keys: keys.ids, remembered: state.withLockedValue { $0.remembered })
    {
    case .confirmed, .unmarked: break
    case .restored: return try await beginRestoration(ledger.marks, nil)
    case .restoring:
      guard standing.restoredAt != nil else { return try await beginRestoration(ledger.marks, nil) }
      return try await restore(standing)
    case .stopped: throw error
    }
    say(
      .warning,
      """
      the store keeps no private metadata of the App for this token, so neither a second deployment \
      on the App nor a ledger that was put back can be noticed; set SALEOR_TOKEN to a token of the App
      """)
    open(ledger.marks)
    return retry.wait(beforeAttempt: 10)
  }

  /// Brings what follows from a restoration to its end.
  private func restore(_ standing: LedgerMarkRepository.Standing) async throws -> Duration {
    close()
    try await restoration.run(standing)
    remember(nil)
    log.notice(
      "the ledger is up to date with the store again",
      metadata: ["generation": "\(standing.ledger.marks.generation)"])
    return .zero
  }

  private func open(_ marks: LedgerMarks) {
    let isNew = state.withLockedValue { state in
      defer {
        state.remembered = marks
        state.openUntil = .now + Self.validity
      }
      return state.openUntil.map { $0 < .now } ?? true
    }
    if isNew { opened() }
  }

  private func close() { state.withLockedValue { $0.openUntil = nil } }

  private func remember(_ marks: LedgerMarks?) {
    state.withLockedValue { $0.remembered = marks }
  }

  private func say(_ level: Logger.Level, _ sentence: String) {
    let isNew = state.withLockedValue { state in
      if let said = state.said, said.sentence == sentence, .now < said.at + Self.reminder {
        return false
      }
      state.said = (sentence, .now)
      return true
    }
    if isNew { log.log(level: level, "\(sentence)") }
  }
}

extension LedgerVerdict.Stop {
  /// What is wrong, and what to do.
  package func sentence(ledger: LedgerMarks, store: LedgerMarks?) -> String {
    switch self {
    case .wrongKey:
      """
      nothing is issued: rewards were promised under the code key \(store?.key ?? ledger.key), \
      which LAUREL_CODE_KEY does not hold; add that key to it
      """
    case .anotherInstallation:
      """
      nothing is issued: the App belongs to another Laurel (\(store?.installation ?? "?"), this one \
      is \(ledger.installation)); stop one of the two, or give this one an App of its own; if this \
      ledger is to count from now on, run laurel restore --take-over
      """
    case .superseded:
      """
      nothing is issued: a copy of this ledger has taken the App over; stop one of the two; if this \
      ledger is to count from now on, run laurel restore --take-over
      """
    }
  }
}
