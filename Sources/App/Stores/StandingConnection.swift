import Intake
import Ledger
import NIOConcurrencyHelpers
import Postgres
import Signing

/// The store that the environment names, as a connection. It gets its number when the ledger can be
/// asked for the first time, and keeps it.
final class StandingConnection: Sendable {
  private let store: Configuration.Store?
  private let pool: Pool
  private let known = NIOLockedValueBox<StoreConnection?>(nil)

  /// The connection to `store`, which has its number in the ledger behind `pool`.
  init(_ store: Configuration.Store?, pool: Pool) {
    self.store = store
    self.pool = pool
  }

  /// The connection; `nil` when the environment names no store.
  /// - Throws: `PostgresError`, `LedgerError`.
  @Sendable func value() async throws -> StoreConnection? {
    guard let store else { return nil }
    if let connection = known.withLockedValue({ $0 }) { return connection }
    let connection = StoreConnection(
      id: try await StoreRepository(pool).connect(store.address), address: store.address,
      token: store.token, appID: nil,
      verification: store.webhookSecrets.isEmpty
        ? .jws : .hmac(WebhookSecrets(store.webhookSecrets)))
    known.withLockedValue { $0 = connection }
    return connection
  }
}
