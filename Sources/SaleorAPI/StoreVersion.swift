/// A version of the store's schema, such as 3.23.
package struct StoreVersion: Comparable, Sendable, CustomStringConvertible {
  /// The first number.
  package let major: Int
  /// The second number; the store does not change its schema below it.
  package let minor: Int

  private init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Reads "3.23" or "3.23.28"; `nil` when it is not two numbers at least.
  package init?(_ text: String) {
    let parts = text.split(separator: ".")
    guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1]) else {
      return nil
    }
    self.major = major
    self.minor = minor
  }

  /// The oldest version that Laurel works with, and whose schema its operations are checked against.
  package static let oldest = StoreVersion(major: 3, minor: 20)

  /// Whether a gift card takes metadata when it is made (3.21 and later).
  package var giftCardsTakeMetadata: Bool { (major, minor) >= (3, 21) }

  /// Whether orders can be searched for by their exact address (3.22 and later).
  package var ordersAreFoundByAddress: Bool { (major, minor) >= (3, 22) }

  /// Whether a gift card can be bound to a customer, who alone can then spend it (3.23 and later).
  package var giftCardsTakeOwner: Bool { (major, minor) >= (3, 23) }

  /// Whether webhooks can be told of deleted customers by a query (3.23 and later).
  package var tellsOfDeletedCustomers: Bool { (major, minor) >= (3, 23) }

  package static func < (left: StoreVersion, right: StoreVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }

  package var description: String { "\(major).\(minor)" }
}
