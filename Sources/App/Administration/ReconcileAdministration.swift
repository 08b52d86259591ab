import Domain
import FoundationEssentials
import HTTPTransport
import Ledger
import NIOConcurrencyHelpers
import Postgres
import SaleorAPI
import Work

/// `laurel reconcile`: compares the ledger with a store.
package enum ReconcileAdministration {
  /// The comparison did not come to its end.
  private struct Unfinished: Error, CustomStringConvertible {
    let description: String
  }

  /// Compares until it is done, or until SIGTERM or SIGINT; what is left over fails the command.
  /// - Parameter checksOnly: change nothing, neither in the ledger nor at the store.
  /// - Throws: `ConfigurationError`, `UsageError`, `StoreError`, `PostgresError`, `LedgerError`, or
  ///   that the run did not come to its end.
  package static func run(
    _ options: Administration.Options, checksOnly: Bool
  ) async throws -> CommandReport {
    let configuration = try Configuration(environment: ProcessInfo.processInfo.environment)
    try CalledStore.check(configuration, named: options.store)
    let ended = NIOLockedValueBox<Reconciliation?>(nil)
    try await StopSignals().handling {
      let result = try await Administration.withPool(configuration) { pool in
        try await LedgerMigrations.requireUpToDate(pool)
        let store = try await CalledStore.require(configuration, named: options.store, pool)
        return try await compare(configuration, store, pool, checksOnly: checksOnly)
      }
      ended.withLockedValue { $0 = result }
    }
    guard let result = ended.withLockedValue({ $0 }) else {
      throw Unfinished(description: "interrupted; nothing is lost, run it again")
    }
    let report = ReconcileReport(result)
    let left = result.remainingCount + (checksOnly ? result.adopting : 0)
    return CommandReport(
      options.isJSON ? try CommandReport.json(report) : report.text,
      failures: left == 0 ? [] : ["ledger and store differ in \(left) points"])
  }

  private static func compare(
    _ configuration: Configuration, _ store: CalledStore, _ pool: Pool, checksOnly: Bool
  ) async throws -> Reconciliation {
    let known = try await StoreRepository(pool).all()
    guard let id = known.first(where: { $0.address == store.address.canonical })?.id else {
      throw UsageError("the ledger has nothing of the store \(store.address) yet")
    }
    let transport = try HTTPTransport()
    var settings = WorkSettings()
    settings.lease = .seconds(configuration.leaseSeconds)
    settings.rollout = configuration.rollout
    do {
      let reconcile = Reconcile(
        pool: pool,
        store: ConnectedStore(
          id: id, address: store.address, client: store.client(transport)),
        keys: try Laurel.codeKeys(configuration), settings: settings,
        schedule: configuration.reconcile, log: Administration.log(configuration))
      let result = checksOnly ? try await reconcile.check() : try await reconcile.run()
      await transport.shutdown()
      guard let result else {
        throw Unfinished(description: "another process is reconciling just now; try again later")
      }
      return result
    } catch {
      await transport.shutdown()
      throw error
    }
  }
}
