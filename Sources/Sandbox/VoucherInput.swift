import FoundationEssentials

/// What `voucherCreate` is given, and the store's refusals of it as they were recorded.
struct VoucherInput: Sendable {
  /// An entry of a mutation's `errors`.
  struct Refusal: Sendable, Equatable {
    /// The input field it is about; nil for the input as a whole.
    let field: String?
    /// A `DiscountErrorCode`.
    let code: String
    /// The message.
    let message: String
    /// The codes that it is about.
    var voucherCodes: [String]?
    /// The channels that it is about.
    var channels: [String]?

    /// As it stands in the answer.
    var json: JSONValue {
      [
        "field": .optional(field), "message": .string(message), "code": .string(code),
        "voucherCodes": voucherCodes.map { .array($0.map(JSONValue.string)) } ?? .null,
        "channels": channels.map { .array($0.map(JSONValue.string)) } ?? .null,
      ]
    }
  }

  /// The longest code that the store's database takes.
  static let maximumCodeLength = 255

  /// The codes without space around them; an empty one leaves it to the store to draw one.
  let codes: [String]
  /// The name.
  let name: String?
  /// `ENTIRE_ORDER` unless told otherwise.
  let type: String
  /// The categories on whose goods it counts.
  let categories: [String]
  /// `FIXED` unless told otherwise.
  let discountValueType: String
  /// When it begins; nil for now.
  let startDate: String?
  /// When it ends.
  let endDate: String?
  /// How often all codes together can be used.
  let usageLimit: Int?
  /// Whether each code can be used once.
  let singleUse: Bool
  /// Whether each customer can use it once.
  let applyOncePerCustomer: Bool
  private let legacyCode: String?
  private let addedCodes: [String]?

  /// Reads an input whose types have been checked.
  init(_ input: JSONValue) {
    func trimmed(_ text: String) -> String {
      let start = text.drop(while: \.isWhitespace)
      return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
    legacyCode = input["code"].asString
    addedCodes = input["addCodes"].asArray?.compactMap(\.asString)
    codes = (addedCodes ?? legacyCode.map { [$0] } ?? []).map(trimmed)
    name = input["name"].asString
    type = input["type"].asString ?? "ENTIRE_ORDER"
    categories = input["categories"].asArray?.compactMap(\.asString) ?? []
    discountValueType = input["discountValueType"].asString ?? "FIXED"
    startDate = input["startDate"].asString.map(Self.storeText)
    endDate = input["endDate"].asString.map(Self.storeText)
    usageLimit = input["usageLimit"].asInt
    singleUse = input["singleUse"].asBool ?? false
    applyOncePerCustomer = input["applyOncePerCustomer"].asBool ?? false
  }

  /// Why the store refuses this input; nil when it takes it.
  func refusal(
    taken: Set<String>, reportsTakenAsUnique: Bool, now: String, knownCategories: Set<String>
  ) -> Refusal? {
    categoryRefusal(known: knownCategories) ?? codeRefusal(taken: reportsTakenAsUnique ? [] : taken)
      ?? termRefusal(now: now)
      ?? modelRefusal(taken: taken)
  }

  /// Worded as the recorded refusal of an unknown channel, which comes from the same place: the store
  /// resolves ids before it looks at anything else.
  private func categoryRefusal(known: Set<String>) -> Refusal? {
    let unknown = categories.filter { !known.contains($0) }
    guard !unknown.isEmpty else { return nil }
    return Refusal(
      field: "categories", code: "GRAPHQL_ERROR",
      message: "Could not resolve to a node with the global id list of '["
        + unknown.map { "'\($0)'" }.joined(separator: ", ") + "]'.")
  }

  private func codeRefusal(taken: Set<String>) -> Refusal? {
    if legacyCode != nil && addedCodes != nil {
      return Refusal(
        field: nil, code: "GRAPHQL_ERROR",
        message: "Argument 'code' cannot be combined with 'addCodes'")
    }
    if codes.isEmpty {
      return Refusal(
        field: nil, code: "GRAPHQL_ERROR",
        message: "At least one of arguments is required: 'code', 'addCodes'.")
    }
    let repeated = Dictionary(grouping: codes) { $0 }.filter { $1.count > 1 }.keys.sorted()
    if !repeated.isEmpty {
      return Refusal(
        field: "codes", code: "DUPLICATED_INPUT_ITEM",
        message: "Duplicated promo codes provided.", voucherCodes: repeated)
    }
    let lost = codes.filter(taken.contains)
    guard !lost.isEmpty else { return nil }
    let isLegacy = addedCodes == nil
    return Refusal(
      field: isLegacy ? "code" : "codes", code: "ALREADY_EXISTS",
      message: "Promo code already exists.", voucherCodes: isLegacy ? nil : lost)
  }

  private func termRefusal(now: String) -> Refusal? {
    // The store's way of writing instants sorts as text.
    if let endDate, endDate < startDate ?? now {
      return Refusal(
        field: "endDate", code: "INVALID", message: "End date cannot be before the start date.")
    }
    if let usageLimit, usageLimit < 0 {
      return Refusal(
        field: "usageLimit", code: "INVALID",
        message: "Ensure this value is greater than or equal to 0.")
    }
    return nil
  }

  private func modelRefusal(taken: Set<String>) -> Refusal? {
    for code in codes where code.unicodeScalars.count > Self.maximumCodeLength {
      return Refusal(
        field: "code", code: "INVALID",
        message: "Ensure this value has at most \(Self.maximumCodeLength) characters "
          + "(it has \(code.unicodeScalars.count)).")
    }
    guard codes.contains(where: taken.contains) else { return nil }
    return Refusal(
      field: "code", code: "UNIQUE", message: "Voucher code with this Code already exists.")
  }

  /// An instant in UTC as the store writes it.
  private static func storeText(_ text: String) -> String {
    text.hasSuffix("Z") ? text.dropLast() + "+00:00" : text
  }
}
