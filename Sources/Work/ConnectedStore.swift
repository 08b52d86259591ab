package import Domain
package import SaleorAPI

/// A store as the work sees it: its number in the ledger, its address and the way to talk to it.
package struct ConnectedStore: Sendable {
  /// Its number in the ledger.
  package let id: StoreID
  /// Its address at the first connection.
  package let address: StoreAddress
  /// The way to talk to it.
  package let client: StoreClient

  /// Puts a store together.
  package init(id: StoreID, address: StoreAddress, client: StoreClient) {
    self.id = id
    self.address = address
    self.client = client
  }
}
