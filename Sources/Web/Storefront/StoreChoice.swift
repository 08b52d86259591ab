import Domain
import HTTPTypes
import Intake

/// Which of the connected stores a request is about.
struct StoreChoice: Sendable {
  private let stores: StoreDirectory

  /// Chooses among the active ones of `stores`.
  init(_ stores: StoreDirectory) {
    self.stores = stores
  }

  /// The active store of this address or host, or the only one there is.
  /// - Throws: `Problem`, `StoreDirectory.Failure`.
  func store(named name: String?) throws -> StoreConnection {
    let active = try stores.active()
    guard let first = active.first else {
      throw Problem(
        .serviceUnavailable, "no_store",
        "No store is connected; have one install Laurel, or set SALEOR_API_URL.",
        retryAfter: 60)
    }
    guard let name else {
      guard active.count == 1 else {
        throw Problem(
          .unprocessableContent, "store",
          "Several stores are connected; name the one that is meant by its address in store.")
      }
      return first
    }
    let named = active.filter { Self.isNamed($0.address, name) }
    guard let store = named.first else {
      throw Problem(.unprocessableContent, "store", "No store of this address is connected.")
    }
    guard named.count == 1 else {
      throw Problem(
        .unprocessableContent, "store", "Several stores have this host; name the whole address.")
    }
    return store
  }

  /// The store of an invitation's link. Links that name none are from when there was only one store,
  /// so that the one counts that was connected first.
  func invitingStore(named name: String?) -> StoreConnection? {
    if let name { return try? store(named: name) }
    return try? stores.active().min { $0.id.value < $1.id.value }
  }

  /// Whether several stores are connected, so that a link has to say which one it is of.
  func isAmbiguous() throws -> Bool { try stores.active().count > 1 }

  private static func isNamed(_ address: StoreAddress, _ name: String) -> Bool {
    if let wished = StoreAddress(name) { return address.canonical == wished.canonical }
    let name = name.lowercased()
    return address.host == name || address.authority == name
  }
}
