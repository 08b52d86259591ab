import Domain
import FoundationEssentials
import HTTPTransport
import Ledger
import NIOConcurrencyHelpers
import Postgres
import SaleorAPI

/// `laurel codes backfill`: goes through the store's customers and gives a code to everybody who has
/// none.
///
/// Each page's codes and the place behind it are written with one transaction, so the run can be
/// interrupted anywhere: the next one goes on from there. Runs beside each other repeat each other's
/// work and do no harm, because a user has one code.
package struct Backfill: Sendable {
  /// The run was stopped before its end.
  private struct Interrupted: Error, CustomStringConvertible {
    let description = "interrupted; the next run goes on from here"
  }

  /// How far the run is.
  package struct Progress: Sendable, Equatable {
    /// How many customers have been looked at, by unfinished runs before this one too.
    package var seen: Int
    /// How many there were at the start.
    package let total: Int
    /// How many codes are new.
    package var issued: Int
  }

  /// What the run did.
  struct Totals: Encodable, Sendable, Equatable {
    /// How many customers this run looked at.
    var customers = 0
    /// How many codes are new.
    var issued = 0
    /// How many customers had a code.
    var standing = 0
    /// How many have no address, and so no code: their own orders could not be told.
    var withoutAddress = 0
  }

  /// How often a page is asked for before the run gives up.
  private static let maximumAttempts = 8

  let pool: Pool
  let store: StoreID
  let client: StoreClient
  /// The waits between attempts at the store.
  var retry = RetryPolicy(base: .milliseconds(500), cap: .seconds(30))
  /// Told after each page.
  let report: @Sendable (Progress) -> Void

  /// Runs on the store of the options until it is done, or until SIGTERM or SIGINT.
  /// - Parameter restarts: start with the first customer, whatever an unfinished run has done.
  /// - Throws: `ConfigurationError`, `UsageError`, `StoreError`, `PostgresError`, `LedgerError`, or
  ///   that the run was interrupted.
  package static func run(
    _ options: Administration.Options, restarts: Bool,
    report: @escaping @Sendable (Progress) -> Void
  ) async throws -> CommandReport {
    let configuration = try Configuration(
      environment: ProcessInfo.processInfo.environment, for: .storeCommand)
    try CalledStore.check(configuration, named: options.store)
    let ended = NIOLockedValueBox<Totals?>(nil)
    try await StopSignals().handling {
      let totals = try await Administration.withPool(configuration) { pool in
        try await LedgerMigrations.requireUpToDate(pool)
        let store = try await CalledStore.require(configuration, named: options.store, pool)
        return try await run(pool, store, restarts: restarts, report: report)
      }
      ended.withLockedValue { $0 = totals }
    }
    guard let totals = ended.withLockedValue({ $0 }) else { throw Interrupted() }
    return CommandReport(
      options.isJSON
        ? try CommandReport.json(totals)
        : "\(totals.customers) customers: \(totals.issued) new codes, \(totals.standing) had one, "
          + "\(totals.withoutAddress) without an address.")
  }

  private static func run(
    _ pool: Pool, _ store: CalledStore, restarts: Bool,
    report: @escaping @Sendable (Progress) -> Void
  ) async throws -> Totals {
    let transport = try HTTPTransport()
    do {
      let totals = try await Backfill(
        pool: pool, store: try await StoreRepository(pool).connect(store.address),
        client: store.client(transport), report: report
      ).run(restarts: restarts)
      await transport.shutdown()
      return totals
    } catch {
      await transport.shutdown()
      throw error
    }
  }

  /// Goes through the customers to the last one.
  /// - Throws: `StoreError`, `PostgresError`, `LedgerError`, `CancellationError`.
  func run(restarts: Bool) async throws -> Totals {
    if restarts { try await BackfillRepository(pool).clear(store: store) }
    let place = try await BackfillRepository(pool).find(store: store)
    var progress = Progress(
      seen: place?.seen ?? 0, total: try await patiently { try await $0.customerCount() },
      issued: 0)
    var totals = Totals()
    var cursor = place?.cursor
    report(progress)
    repeat {
      let after = cursor
      let page = try await patiently { try await $0.customers(after: after) }
      progress.seen += page.customers.count
      let issued = try await settle(page, seen: progress.seen)
      progress.issued += issued
      totals.add(page, issued: issued)
      report(progress)
      cursor = page.next
    } while cursor != nil
    return totals
  }

  /// Writes a page's codes and the place behind it. Returns how many codes are new.
  private func settle(_ page: StoreClient.CustomerPage, seen: Int) async throws -> Int {
    try await pool.transaction { session in
      let customers = page.customers.compactMap { customer in
        customer.email.map { CodeDesk.Customer(userID: customer.id, email: $0) }
      }
      let issued = try await CodeDesk(store: store, session: session)
        .issueMissing(customers)
      let places = BackfillRepository(session)
      if let next = page.next {
        try await places.save(store: store, .init(cursor: next, seen: seen))
      } else {
        try await places.clear(store: store)
      }
      return issued
    }
  }

  /// Asks the store, again after growing waits while it is ill. A missing permission does not heal
  /// by waiting.
  private func patiently<Answer>(
    _ ask: (StoreClient) async throws -> Answer
  ) async throws -> Answer {
    var attempt = 1
    while true {
      do {
        return try await ask(client)
      } catch let error as StoreError {
        guard error.isRetryable, error.code != .permissionDenied, attempt < Self.maximumAttempts
        else { throw error }
        try await Task.sleep(for: retry.wait(beforeAttempt: attempt))
        attempt += 1
      }
    }
  }
}

extension Backfill.Totals {
  fileprivate mutating func add(_ page: StoreClient.CustomerPage, issued: Int) {
    let addressed = page.customers.count { $0.email != nil }
    customers += page.customers.count
    self.issued += issued
    standing += addressed - issued
    withoutAddress += page.customers.count - addressed
  }
}
