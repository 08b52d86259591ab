package import Domain
package import FoundationEssentials
package import Postgres

/// The stores that installed Laurel by themselves.
package struct InstallationRepository: Sendable {
  /// Whether a store is worked for.
  package enum State: String, Sendable, CaseIterable {
    /// It is.
    case active
    /// Its staff have switched the App off, and may switch it on again.
    case inactive
    /// Its staff have deleted the App; its token is dead.
    case deleted
  }

  /// What is known of one installation.
  package struct Installation: Sendable, Equatable {
    /// The store.
    package let store: StoreID
    /// Its address at the first connection.
    package let address: String
    /// The App's id there.
    package let appID: String
    /// The sealed token.
    package let token: [UInt8]
    /// The id of the key under which it is sealed.
    package let keyID: String
    /// Whether the store is worked for.
    package let state: State
    /// Laurel's version when it was installed.
    package let manifestVersion: String
    /// When it was installed last.
    package let installedAt: Date
    /// When the row was changed last.
    package let changedAt: Date
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Every installation, by its store; those that are gone too.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func all() async throws -> [Installation] {
    try await session.rows(
      """
      SELECT store_id, address, app_id, token, key_id, state, manifest_version, installed_at,
        changed_at
      FROM installations JOIN stores ON stores.id = store_id ORDER BY store_id
      """
    ) { row in
      guard let state = State(rawValue: try row.decode("state", as: String.self)) else {
        throw LedgerError.unknownValue("installations.state")
      }
      return Installation(
        store: StoreID(try row.decode("store_id", as: Int.self)),
        address: try row.decode("address", as: String.self),
        appID: try row.decode("app_id", as: String.self),
        token: try row.decode("token", as: [UInt8].self),
        keyID: try row.decode("key_id", as: String.self), state: state,
        manifestVersion: try row.decode("manifest_version", as: String.self),
        installedAt: try row.decode("installed_at", as: Date.self),
        changedAt: try row.decode("changed_at", as: Date.self))
    }
  }

  /// Writes down that a store has installed Laurel, for the first time or again: App, token and
  /// state are those of this installation from then on.
  /// - Throws: `PostgresError`.
  package func install(
    store: StoreID, appID: String, token: [UInt8], keyID: String, manifestVersion: String
  ) async throws {
    try await session.execute(
      """
      INSERT INTO installations (store_id, app_id, token, key_id, state, manifest_version)
      VALUES (\(store.value), \(appID), \(token), \(keyID), 'active', \(manifestVersion))
      ON CONFLICT (store_id) DO UPDATE
      SET app_id = excluded.app_id, token = excluded.token, key_id = excluded.key_id,
        state = 'active', state_issued_at = NULL, manifest_version = excluded.manifest_version,
        installed_at = now(), changed_at = now()
      """)
  }

  /// Changes the state of the store's installation, unless the App is not the installed one or an
  /// event of the same or a later time at the store has changed it. Returns whether it did.
  /// - Throws: `PostgresError`.
  package func change(
    store: StoreID, appID: String, to state: State, issuedAt: Date
  ) async throws -> Bool {
    try await session.execute(
      """
      UPDATE installations
      SET state = \(state.rawValue), state_issued_at = \(issuedAt), changed_at = now()
      WHERE store_id = \(store.value) AND app_id = \(appID)
        AND (state_issued_at IS NULL OR state_issued_at < \(issuedAt))
      """) == 1
  }

  /// Writes down that the App was found switched on, unless the installation is another one, or was
  /// changed after `changedAt`, which `all` gave. Events keep their order: what an event says that
  /// is later than the last one still counts. Returns whether it did.
  /// - Throws: `PostgresError`.
  package func activate(
    store: StoreID, appID: String, unlessChangedSince changedAt: Date
  ) async throws -> Bool {
    try await session.execute(
      """
      UPDATE installations SET state = 'active', changed_at = now()
      WHERE store_id = \(store.value) AND app_id = \(appID) AND state = 'inactive'
        AND changed_at = \(changedAt)
      """) == 1
  }

  /// Puts the same token there, sealed under another key. Returns false when the store has
  /// registered another token in the meantime.
  /// - Throws: `PostgresError`.
  package func reseal(
    store: StoreID, _ old: [UInt8], as new: [UInt8], keyID: String
  ) async throws -> Bool {
    try await session.execute(
      """
      UPDATE installations SET token = \(new), key_id = \(keyID), changed_at = now()
      WHERE store_id = \(store.value) AND token = \(old)
      """) == 1
  }
}
