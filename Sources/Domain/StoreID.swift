/// A store's number in the ledger. Every row belongs to a store, and every call names it first.
package struct StoreID: Hashable, Sendable, CustomStringConvertible {
  /// The number in the table `stores`.
  package let value: Int

  /// Wraps the number that the ledger gave.
  package init(_ value: Int) {
    self.value = value
  }

  package var description: String { String(value) }
}
