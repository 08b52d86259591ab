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
  /// The order's metadata changed.
  case orderMetadataUpdated = "order_metadata_updated"
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
  /// An App was installed.
  case appInstalled = "app_installed"
  /// An App was switched on or off.
  case appStatusChanged = "app_status_changed"
  /// An App was deleted.
  case appDeleted = "app_deleted"

  /// The permission without which the store tells no App of the event (FACTS §3; for Apps by source,
  /// `saleor/webhook/event_types.py`).
  var permission: String {
    switch rawValue.prefix(while: { $0 != "_" }) {
    case "app": "MANAGE_APPS"
    case "customer": "MANAGE_USERS"
    default: "MANAGE_ORDERS"
    }
  }

  /// The payload's `__typename`, such as `OrderFullyPaid`.
  package var typeName: String {
    rawValue.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }
}
