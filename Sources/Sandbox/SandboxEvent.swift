/// An event that the store tells webhooks about.
package enum SandboxEvent: String, Sendable, CaseIterable {
  /// The order was made, paid or not.
  case orderCreated = "order_created"
  /// The order was confirmed; it may be unpaid.
  case orderConfirmed = "order_confirmed"
  /// Some payment arrived.
  case orderPaid = "order_paid"
  /// The whole total is paid.
  case orderFullyPaid = "order_fully_paid"
  /// Anything about the order changed.
  case orderUpdated = "order_updated"
  /// The order was cancelled; what was paid stays paid.
  case orderCancelled = "order_cancelled"
  /// Everything was sent.
  case orderFulfilled = "order_fulfilled"
  /// The order was given up unpaid.
  case orderExpired = "order_expired"
  /// Some money was given back.
  case orderRefunded = "order_refunded"
  /// All money was given back.
  case orderFullyRefunded = "order_fully_refunded"
  /// A customer registered, or staff made him.
  case customerCreated = "customer_created"
  /// Anything about the customer changed, his metadata too.
  case customerUpdated = "customer_updated"
  /// The customer's metadata changed.
  case customerMetadataUpdated = "customer_metadata_updated"

  /// The payload's `__typename`, such as `OrderFullyPaid`.
  package var typeName: String {
    rawValue.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }
}
