package import FoundationEssentials

/// A voucher of the stand-in store.
package struct SandboxVoucher: Sendable, Equatable {
  /// One of its codes.
  package struct Code: Sendable, Equatable {
    /// The code's global id.
    package let id: String
    /// The code, without space around it.
    package let code: String
    /// When it was made.
    package let created: Date
    /// How often it was used.
    package var used = 0
    /// Whether it can be used: a single-use code cannot once it was.
    package var isActive = true
  }

  /// What the voucher is worth in one channel.
  package struct Listing: Sendable, Equatable {
    /// The listing's global id.
    package let id: String
    /// The channel.
    package let channel: SandboxChannel
    /// The discount: an amount of the channel's currency, or a percentage.
    package var discountValue: Decimal
    /// The subtotal from which it counts; nil for any.
    package var minimumSpent: Decimal?
  }

  /// The voucher's global id.
  package let id: String
  /// The name that people see.
  package var name: String?
  /// The codes, oldest first.
  package var codes: [Code]
  /// `ENTIRE_ORDER`, `SHIPPING` or `SPECIFIC_PRODUCT`.
  package var type: String
  /// The ids of the categories on whose goods it counts; only where the type is `SPECIFIC_PRODUCT`.
  package var categories: [String] = []
  /// `FIXED` or `PERCENTAGE`.
  package var discountValueType: String
  /// When it begins, as the store writes it.
  package var startDate: String
  /// When it ends, as the store writes it; nil for never.
  package var endDate: String?
  /// How often all codes together can be used; nil for any number.
  package var usageLimit: Int?
  /// Whether each code can be used once.
  package var singleUse: Bool
  /// Whether each customer can use it once.
  package var applyOncePerCustomer: Bool
  /// The channels in which it can be used; without any it is worth nothing.
  package var listings: [Listing] = []
  /// Public metadata.
  package var metadata: [String: String] = [:]
  /// Private metadata.
  package var privateMetadata: [String: String] = [:]

  /// When it was made.
  var created: Date { codes.first?.created ?? .distantPast }

  /// Whether the name or one of the codes contains a text, whatever the case.
  func matches(_ search: String) -> Bool {
    ([name ?? ""] + codes.map(\.code)).contains { $0.lowercased().contains(search.lowercased()) }
  }

  /// The voucher as the GraphQL API shows it: its codes newest first, as recorded.
  var json: JSONValue {
    [
      "id": .string(id), "name": .optional(name), "code": .optional(codes.first?.code),
      "type": .string(type), "discountValueType": .string(discountValueType),
      "startDate": .string(startDate), "endDate": .optional(endDate),
      "usageLimit": usageLimit.map { .number(String($0)) } ?? .null,
      "used": .number(String(codes.map(\.used).reduce(0, +))), "singleUse": .bool(singleUse),
      "applyOncePerOrder": false, "applyOncePerCustomer": .bool(applyOncePerCustomer),
      "onlyForStaff": false, "minCheckoutItemsQuantity": .null,
      "codes": ["edges": .array(codes.reversed().map { ["node": $0.json] })],
      "channelListings": .array(listings.map(\.json)), "metadata": .metadata(metadata),
      "privateMetadata": .metadata(privateMetadata),
    ]
  }
}

extension SandboxVoucher.Code {
  /// The code as the GraphQL API shows it.
  fileprivate var json: JSONValue {
    [
      "id": .string(id), "code": .string(code), "used": .number(String(used)),
      "isActive": .bool(isActive), "createdAt": .string(created.storeText),
    ]
  }
}

extension SandboxVoucher.Listing {
  /// The listing as the GraphQL API shows it.
  fileprivate var json: JSONValue {
    [
      "id": .string(id), "channel": channel.json, "discountValue": .amount(discountValue),
      "currency": .string(channel.currencyCode),
      "minSpent": minimumSpent.map { .money($0, channel.currencyCode) } ?? .null,
    ]
  }
}
