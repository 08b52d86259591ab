import SaleorAPI

/// Asks a store for its version once; a store that is upgraded still takes what it took before.
actor StoreVersionCache {
  private let client: StoreClient
  private var known: StoreVersion?

  /// Asks through `client`.
  init(client: StoreClient) {
    self.client = client
  }

  /// The store's version.
  /// - Throws: `StoreError`, `CancellationError`.
  func value() async throws -> StoreVersion {
    if let known { return known }
    let version = try await client.version()
    known = version
    return version
  }
}
