import Domain
import Ledger
import Postgres
import Work

extension Doctor {
  /// For how many seconds a piece of work may be due before somebody should look.
  private static let longestWait = 300

  /// The checks of the database and of what stands in it.
  var ledgerChecks: [Check] {
    guard let pool else {
      return [Check(name: Check.database) { [ledgerFault].compactMap(\.self) }]
    }
    return [
      Check(name: Check.database) {
        do {
          let version = try await CheckupRepository(pool).serverVersion()
          return [.ok("PostgreSQL \(version) answers")]
        } catch let error as PostgresError {
          return [
            .wrong(
              "the database does not answer: \(error)",
              "see that the PostgreSQL of DATABASE_URL runs and lets Laurel in")
          ]
        }
      },
      Check(name: Check.migrations) { [try await migrations(pool)] },
      Check(name: "reward keys") { [try await rewardKeys(pool)] },
      Check(name: "queues") { try await queues(pool) },
    ]
  }

  private func migrations(_ pool: Pool) async throws -> Finding {
    let steps = try await Migrator(migrations: LedgerMigrations.all).status(pool)
    if let unknown = steps.first(where: { !$0.isDeclared }) {
      return .wrong(
        "the database has the migration \(unknown.name), which this version does not know",
        "run the newer Laurel that made it")
    }
    let missing = steps.filter { $0.appliedAt == nil }
    guard let first = missing.first else {
      return .ok("all \(steps.count) migrations are applied")
    }
    return .wrong(
      "\(missing.count) migrations are not applied, the first is \(first.name)",
      "run laurel migrate up")
  }

  private func rewardKeys(_ pool: Pool) async throws -> Finding {
    guard let keys = try Laurel.standingCodeKeys(configuration) else {
      return .warning(
        "there is no key of reward codes yet", "laurel serve makes one; keep a copy of it")
    }
    guard let store = try await storeID(pool) else { return .ok("no reward needs a key yet") }
    let needed = try await CheckupRepository(pool).rewardsInNeed(store: store)
    let missing = needed.filter { !keys.contains(keyID: $0.key) }.sorted { $0.key < $1.key }
    guard !missing.isEmpty else {
      return .ok("every open reward has its key (\(needed.values.reduce(0, +)) open)")
    }
    let list = missing.map { "\($0.key) (\($0.value) rewards)" }.joined(separator: ", ")
    return .wrong(
      "open rewards need code keys that are not at hand: \(list)",
      "add the old keys to LAUREL_CODE_KEY, behind the newest one")
  }

  private func queues(_ pool: Pool) async throws -> [Finding] {
    guard let store = try await storeID(pool) else { return [.ok("nothing has come yet")] }
    let reading = try await GaugeRepository(pool)
      .read(store: store, rollout: configuration.rollout)
    var findings = reading.queues.filter { $0.due > 0 && $0.oldestAge > Self.longestWait }.map {
      Finding.warning(
        "\($0.due) pieces of work of the stage \($0.stage) are due, the oldest for "
          + "\($0.oldestAge / 60) minutes",
        "see that a laurel serve with the role worker runs, and read its log")
    }
    if let dead = reading.rewards["dead"], dead > 0 {
      findings.append(
        .warning(
          "\(dead) rewards are dead letters",
          "see laurel rewards list --status dead; repair the cause and approve them"))
    }
    let due = reading.queues.reduce(0) { $0 + $1.due }
    return findings.isEmpty ? [.ok("\(due) pieces of work are due, none for long")] : findings
  }

  /// The store's number; `nil` while the ledger has nothing of it.
  func storeID(_ pool: Pool) async throws -> StoreID? {
    guard let address = store?.address.canonical else { return nil }
    return try await StoreRepository(pool).all().first { $0.address == address }?.id
  }
}
