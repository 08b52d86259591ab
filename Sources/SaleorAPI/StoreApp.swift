package import FoundationEssentials

/// The App that a token belongs to.
package struct StoreApp: Sendable, Equatable {
  /// Its id at the store.
  package let id: String
  /// The identifier of the manifest that it was installed from; `nil` for one made by hand.
  package let identifier: String?
  /// Whether the store delivers to it and takes its token.
  package let isActive: Bool
  /// What it may do, such as "MANAGE_ORDERS".
  package let permissions: Set<String>
}

/// A webhook of the App.
package struct StoreWebhook: Sendable {
  /// Its id at the store.
  package let id: String
  /// Its name; may be empty.
  package let name: String
  /// Whether the store delivers to it.
  package let isActive: Bool
  /// Where it delivers to.
  package let targetURL: String
  /// The events that it tells of, such as "ORDER_PAID".
  package let events: Set<String>
  /// Its subscription query; `nil` for the store's legacy bodies.
  package let query: String?
  /// The secret of its HMAC signatures; `nil` for signatures by the store's own key. Never shown.
  package let secret: String?
}

extension StoreWebhook: CustomStringConvertible, CustomReflectable {
  /// Name and id only: the secret is nobody's business.
  package var description: String { "webhook \(name) (\(id))" }
  /// A mirror without children, for the same reason.
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A delivery that the store gave up.
package struct FailedDelivery: Sendable, Equatable {
  /// Where it went.
  package let targetURL: String
  /// Its event, such as "ORDER_PAID".
  package let event: String
  /// When it was made, by the store's clock.
  package let createdAt: Date
  /// What the last attempt was answered with; `nil` when there was no answer.
  package let status: Int?
}
