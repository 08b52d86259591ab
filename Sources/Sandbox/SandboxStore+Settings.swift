/// How long something lasts in the stand-in store.
package struct SandboxPeriod: Sendable, Equatable {
  /// How many units.
  package let amount: Int
  /// `DAY`, `WEEK`, `MONTH` or `YEAR`.
  package let type: String

  /// A period.
  package init(_ amount: Int, _ type: String) {
    self.amount = amount
    self.type = type
  }
}

extension SandboxStore {
  /// Has its gift cards last for so long from now on, as staff set it; nil for ever. What Laurel
  /// makes is not touched by it: the store reads it only when it makes cards of its own.
  package func set(giftCardPeriod: SandboxPeriod?) { self.giftCardPeriod = giftCardPeriod }

  /// `giftCardSettings`.
  var giftCardSettings: JSONValue {
    [
      "expiryType": giftCardPeriod == nil ? "NEVER_EXPIRE" : "EXPIRY_PERIOD",
      "expiryPeriod": giftCardPeriod.map {
        ["amount": .number(String($0.amount)), "type": .string($0.type)]
      } ?? .null,
    ]
  }
}
