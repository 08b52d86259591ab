package import Domain
package import Postgres

/// The stores that this ledger serves.
package struct StoreRepository: Sendable {
  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Every store, by its number.
  /// - Throws: `PostgresError`.
  package func all() async throws -> [(id: StoreID, address: String)] {
    try await session.rows("SELECT id, address FROM stores ORDER BY id") { row in
      (
        id: StoreID(try row.decode("id", as: Int.self)),
        address: try row.decode("address", as: String.self)
      )
    }
  }

  /// The number of the store at `address`; a store that connects for the first time is written
  /// down.
  /// - Throws: `PostgresError`.
  package func connect(_ address: StoreAddress) async throws -> StoreID {
    try await session.execute(
      """
      INSERT INTO stores (address) VALUES (\(address.canonical)) ON CONFLICT DO NOTHING
      """)
    let id = try await session.first(
      "SELECT id FROM stores WHERE address = \(address.canonical)"
    ) { row in try row.decode("id", as: Int.self) }
    guard let id else { throw LedgerError.rowMissing("stores") }
    return StoreID(id)
  }
}
