import Domain
import FoundationEssentials

/// What `giftCardCreate` is given, and the store's refusals of it as they were recorded.
struct GiftCardInput: Sendable {
  /// An entry of a mutation's `errors`.
  struct Refusal: Sendable, Equatable {
    /// The input field it is about.
    let field: String
    /// A `GiftCardErrorCode`.
    let code: String
    /// The message.
    let message: String

    /// A refusal.
    init(_ field: String, _ code: String, _ message: String) {
      self.field = field
      self.code = code
      self.message = message
    }

    /// As it stands in the answer.
    var json: JSONValue {
      [
        "field": .string(field), "message": .string(message), "code": .string(code), "tags": .null,
      ]
    }
  }

  /// The longest tag that the store's database takes.
  static let maximumTagLength = 255

  /// The code; nil when the store shall draw one.
  let code: String?
  /// The amount of money.
  let amount: Decimal
  /// The currency.
  let currency: String
  /// Whether the card can be used at once.
  let isActive: Bool
  /// The day on which it ends.
  let expiryDate: String?
  /// The tags as given.
  let tags: [String]
  /// The note.
  let note: String?
  /// Public metadata.
  let metadata: [String: String]
  /// Private metadata.
  let privateMetadata: [String: String]
  private let userEmail: String?
  private let channel: String?
  /// The customer who alone can spend it; nil for whoever has the code.
  let assignedTo: String?
  private let metadataKeys: [(field: String, key: String)]

  /// Reads an input whose types have been checked.
  init(_ input: JSONValue) {
    code = input["code"].asString.flatMap { $0.isEmpty ? nil : $0 }
    amount = input["balance"]["amount"].asDecimal ?? 0
    currency = input["balance"]["currency"].asString ?? ""
    isActive = input["isActive"].asBool ?? false
    expiryDate = input["expiryDate"].asString
    tags = input["addTags"].asArray?.compactMap(\.asString) ?? []
    note = input["note"].asString
    metadata = input["metadata"].metadataEntries
    privateMetadata = input["privateMetadata"].metadataEntries
    userEmail = input["userEmail"].asString
    channel = input["channel"].asString
    assignedTo = input["assignedTo"].asString
    metadataKeys = ["metadata", "privateMetadata"].flatMap { field in
      (input[field].asArray ?? []).map { (field, $0["key"].asString ?? "") }
    }
  }

  /// Why the store refuses this input; empty when it takes it. The store stops at the first thing
  /// wrong with the input, but names everything that its model refuses.
  func refusals(
    codeIsTaken: Bool, reportsTakenAsUnique: Bool, today: String, knowsAssignee: Bool
  ) -> [Refusal] {
    // The store resolves ids before it looks at anything else (its core/mutations.py, clean_input).
    if let assignedTo, !knowsAssignee {
      return [Refusal("assignedTo", "NOT_FOUND", "Couldn't resolve to a node: \(assignedTo)")]
    }
    if codeIsTaken && !reportsTakenAsUnique {
      return [Refusal("code", "ALREADY_EXISTS", "Promo code already exists.")]
    }
    let first =
      emailRefusal ?? expiryRefusal(today: today) ?? Self.refusals(ofBalance: amount, in: currency)
      .first
      ?? metadataRefusal
    if let first { return [first] }
    return modelRefusals(codeIsTaken: codeIsTaken)
  }

  /// Why the store refuses an amount: it must be above zero, with no more decimals than its currency
  /// has. Recorded for USD only.
  static func refusals(ofBalance amount: Decimal, in currency: String) -> [Refusal] {
    if amount <= 0 {
      return [Refusal("balance", "INVALID", "Balance amount have to be greater than 0.")]
    }
    let digits = Currency(currency)?.amountDigits ?? 2
    if amount.fractionDigits > digits {
      return [
        Refusal("balance", "INVALID", "Value cannot have more than \(digits) decimal places.")
      ]
    }
    return []
  }

  /// Whether the store refuses an address.
  static func isInvalid(email: String) -> Bool {
    let parts = email.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count != 2 || parts.contains("") || !parts[1].contains(".")
  }

  private var emailRefusal: Refusal? {
    guard let userEmail else { return nil }
    if Self.isInvalid(email: userEmail) {
      return Refusal("email", "INVALID", "Provided email is invalid.")
    }
    if channel == nil {
      return Refusal(
        "channel", "REQUIRED", "Channel slug must be specified when user_email is provided.")
    }
    return nil
  }

  private func expiryRefusal(today: String) -> Refusal? {
    guard let expiryDate, expiryDate <= today else { return nil }
    return Refusal("expiryDate", "INVALID", "Expiry date must be in the future.")
  }

  private var metadataRefusal: Refusal? {
    metadataKeys.first { $0.key.allSatisfy(\.isWhitespace) }.map {
      Refusal($0.field, "REQUIRED", "Metadata key cannot be empty.")
    }
  }

  private func modelRefusals(codeIsTaken: Bool) -> [Refusal] {
    var refusals: [Refusal] = []
    if let code, !(8...16).contains(code.unicodeScalars.count) {
      let limit = code.unicodeScalars.count < 8 ? "at least 8" : "at most 16"
      refusals.append(
        Refusal(
          "code", "INVALID",
          "Ensure this value has \(limit) characters (it has \(code.unicodeScalars.count))."))
    }
    if currency.unicodeScalars.count > 3 {
      refusals.append(
        Refusal(
          "currency", "INVALID",
          "Ensure this value has at most 3 characters (it has \(currency.unicodeScalars.count))."))
    }
    if codeIsTaken {
      refusals.append(Refusal("code", "UNIQUE", "Gift card with this Code already exists."))
    }
    return refusals
  }
}
