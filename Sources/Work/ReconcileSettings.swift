/// How often the ledger is compared with the store.
package struct ReconcileSettings: Sendable {
  /// How long after the beginning of one run the next begins; `nil` for never.
  package var interval: Duration? = .seconds(24 * 3600)
  /// How long after the start of the process the first run begins: there is more to do then.
  package var warmUp: Duration = .seconds(600)
  /// How long after a failed run the next begins at the earliest.
  package var retry: Duration = .seconds(3600)
  /// How old a change must be to be compared: a replica of the store's can lag behind.
  package var lag: Duration = .seconds(600)

  /// The pace for a shop.
  package init() {}
}
