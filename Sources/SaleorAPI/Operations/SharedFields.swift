import Domain
import FoundationEssentials

/// An amount as the store writes it: a JSON number, read as a decimal, and the currency.
struct MoneyFields: Decodable {
  let amount: Decimal
  let currency: String

  /// The amount in Laurel's own terms.
  func money() throws(StoreError) -> Money {
    guard let currency = Currency(currency) else {
      throw StoreError(.unexpectedAnswer, "an amount has no ISO 4217 currency")
    }
    return Money(amount: amount, currency: currency)
  }
}

/// One entry of an object's metadata.
package struct MetadataItem: Codable, Sendable, Equatable {
  /// The key.
  package let key: String
  /// The value; the store keeps text only.
  package let value: String

  /// Puts an entry together.
  package init(key: String, value: String) {
    self.key = key
    self.value = value
  }
}

extension [MetadataItem] {
  /// The value under `key`.
  package func value(of key: String) -> String? {
    first { $0.key == key }?.value
  }
}

/// One entry of a mutation's own `errors` list.
struct MutationError: Decodable {
  let field: String?
  let code: String
  private let message: String?

  /// Whether it says that the promo code in one of these input fields is taken: by either kind of
  /// promo code, found before the save or by the loser of a race (FACTS §6).
  func saysTaken(fields: Set<String>) -> Bool {
    guard let field else { return false }
    return fields.contains(field) && ["ALREADY_EXISTS", "UNIQUE"].contains(code)
  }

  /// For reasons and logs; nothing of `secrets` stands in it.
  func summary(hiding secrets: [String]) -> String {
    "\(field ?? "?") \(code): \((message ?? "").shown(hiding: secrets))"
  }
}

extension String {
  /// What the store said, as a reason or a log may show it: the beginning, without any of `secrets`,
  /// for the store repeats variables in some of its messages.
  func shown(hiding secrets: [String]) -> String {
    String(secrets.reduce(self) { $0.replacing($1, with: "***") }.prefix(200))
  }
}
