import Domain
import FoundationEssentials
import Ledger
import Logging
import Postgres
import SaleorAPI
import ServiceLifecycle
import Signing

/// Reads every promo code that tells of a reward of ours into a table of a session of its own.
struct StoreListing: Sendable {
  /// What was read, for as long as the session lasts.
  struct Reading: Sendable {
    /// The session.
    let session: Connection
    /// The table in it.
    let table: StoreCodeRepository
    /// The database's time before the first page.
    let begun: Date
    /// How many codes there are.
    let count: Int
  }

  /// How long one statement may take: what is compared can have millions of rows.
  private static let patience = Duration.seconds(600)
  /// How often a page is asked for before the run ends without a result.
  private static let maximumAttempts = 5

  let pool: Pool
  let store: ConnectedStore
  let settings: WorkSettings
  let log: Logger

  /// Reads everything, or throws: from a part of the list nobody could tell what is missing. Then
  /// runs `body`. `keep` is called after each page and throws when the run has to end.
  /// - Throws: `StoreError`, `PostgresError`, `CancellationError`, and what `keep` and `body` throw.
  func read<Result>(
    keep: () async throws -> Void, _ body: (Reading) async throws -> Result
  ) async throws -> Result {
    let session = try await Connection.connect(
      PostgresConfiguration(
        connectionString: pool.configuration.connectionString, statementTimeout: Self.patience,
        connectTimeout: pool.configuration.connectTimeout, applicationName: "laurel reconcile",
        commitHook: pool.configuration.commitHook))
    do {
      let table = StoreCodeRepository(session)
      let begun = try await table.begin()
      let version = try await patiently { try await store.client.version() }
      var denied: [RewardKind] = []
      for kind in RewardKind.allCases {
        do {
          try await readAll(kind, version, into: table, keep: keep)
        } catch let error as StoreError where error.code == .permissionDenied {
          denied.append(kind)
          guard denied.count == 1, try await !ledgerHas(kind) else { throw error }
          log.warning(
            "promo codes of a kind that the ledger has none of are not read",
            metadata: ["kind": "\(kind.rawValue)", "error": "\(error)"])
        }
      }
      let reading = Reading(
        session: session, table: table, begun: begun, count: try await table.finish())
      let result = try await body(reading)
      await session.close()
      return result
    } catch {
      await session.close()
      throw error
    }
  }

  private func readAll(
    _ kind: RewardKind, _ version: StoreVersion, into table: StoreCodeRepository,
    keep: () async throws -> Void
  ) async throws {
    var after: String?
    repeat {
      let from = after
      let page = try await patiently {
        try await store.client.ownPromoCodes(kind, after: from, version: version)
      }
      if !page.codes.isEmpty { try await table.add(page.codes.map { try $0.forLedger() }) }
      try await keep()
      if Task.isShuttingDownGracefully { throw CancellationError() }
      after = page.next
    } while after != nil
  }

  private func ledgerHas(_ kind: RewardKind) async throws -> Bool {
    try await ReconcileRepository(pool).hasRewards(store: store.id, kind: kind)
  }

  /// Asks the store, again after growing waits while it is ill.
  func patiently<Answer>(_ ask: () async throws -> Answer) async throws -> Answer {
    var attempt = 1
    while true {
      do {
        return try await ask()
      } catch let error as StoreError {
        guard error.isRetryable, error.code != .permissionDenied, attempt < Self.maximumAttempts
        else { throw error }
        try await Task.sleep(for: settings.retry.wait(beforeAttempt: attempt))
        attempt += 1
      }
    }
  }
}

extension OwnPromoCode {
  /// As the ledger takes it: without the code itself.
  func forLedger(of rewardID: UUID? = nil) throws -> StoreCodeRepository.Code {
    StoreCodeRepository.Code(
      kind: kind, objectID: id, codeHash: try code.map { try SHA256.hash(Array($0.utf8)) } ?? [],
      rewardID: rewardID ?? self.rewardID, orderID: origin.orderID, campaignID: origin.campaignID,
      role: origin.role, milestone: origin.milestone, amount: amount, percentOff: percentOff,
      currency: currency, spent: spent, isUsed: isUsed, isActive: isActive, isRevoked: isRevoked,
      endsAt: endsAt)
  }
}
