package import Domain
package import FoundationEssentials
package import Postgres

/// What orders with a code have in common. No address and no number stands here in clear: every
/// value is a pseudonym that only the holder of the code keys can make again.
package struct TraceRepository: Sendable {
  /// What kind of thing was seen on an order.
  package enum Kind: String, Sendable, CaseIterable {
    /// The IP address from which it came.
    case ip
    /// The network of that address.
    case network
    /// The device from which it came.
    case device
    /// Where it goes, or is billed to.
    case postalAddress = "postal_address"
    /// A telephone number on it.
    case phone
    /// The card that paid for it.
    case card
  }

  /// A thing that was seen on an order.
  package struct Mark: Sendable, Hashable {
    /// What kind of thing.
    package let kind: Kind
    /// Its pseudonym.
    package let value: String

    /// Puts a mark together.
    package init(kind: Kind, value: String) {
      self.kind = kind
      self.value = value
    }
  }

  /// Everything that was seen on one order.
  package struct Traces: Sendable, Equatable {
    /// The buyer's id at the store, or the pseudonym of a guest's mailbox.
    package let buyer: String
    /// When the order was placed, by the store's clock.
    package let orderedAt: Date
    /// What was seen.
    package let marks: [Mark]

    /// Puts traces together.
    package init(buyer: String, orderedAt: Date, marks: [Mark]) {
      self.buyer = buyer
      self.orderedAt = orderedAt
      self.marks = marks
    }
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Writes down what was seen on the order of a referral. What is there already stays, so this may
  /// be repeated.
  /// - Throws: `PostgresError`.
  package func record(store: StoreID, referral: Int, _ traces: Traces) async throws {
    guard !traces.marks.isEmpty else { return }
    try await session.execute(
      """
      INSERT INTO traces (store_id, kind, value, referral_id, buyer, seen_at)
      SELECT \(store.value), mark.kind, mark.value, \(referral), \(traces.buyer),
        \(traces.orderedAt)
      FROM unnest(\(traces.marks.map(\.kind.rawValue)), \(traces.marks.map(\.value)))
        AS mark (kind, value)
      ON CONFLICT DO NOTHING
      """)
  }

  /// Forgets what was seen on the orders of a buyer who is erased, under each of his names.
  /// - Throws: `PostgresError`.
  package func erase(store: StoreID, buyers: [String]) async throws {
    try await session.execute(
      "DELETE FROM traces WHERE store_id = \(store.value) AND buyer = ANY (\(buyers))")
  }
}
