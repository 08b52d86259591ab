/// A JSON value (RFC 8259) of which only the members that Laurel knows are kept. Of a delivery that
/// is a few of a hundred: what nobody reads costs no more than being looked over once.
enum PartialJSON: Equatable {
  /// The names of members that are kept, wherever they stand.
  enum Name: String, CaseIterable {
    case typeName = "__typename"
    case order, user, giftCard, giftCards, voucher, app, recipient, issuedAt
    case id, type, email, userEmail, isPaid, status, created, metadata, key, value
    /// As webhooks without a query spell `userEmail`.
    case legacyUserEmail = "user_email"
    /// The only entry of metadata that is read where that is an object.
    case referralCode = "ref_code"

    /// The names' bytes, by their number, so that most names are told apart by their length.
    private static let byLength: [[(name: Name, bytes: [UInt8])]] = {
      let longest = allCases.map(\.rawValue.utf8.count).max() ?? 0
      return (0...longest).map { length in
        allCases.filter { $0.rawValue.utf8.count == length }
          .map { (name: $0, bytes: Array($0.rawValue.utf8)) }
      }
    }()

    /// The name that these bytes are; `nil` for one that is not kept.
    init?(_ text: Text) {
      if text.hasEscapes {
        guard let name = JSONEscapes.resolved(text.bytes) else { return nil }
        self.init(rawValue: name)
        return
      }
      let bytes = text.bytes
      guard bytes.count < Self.byLength.count,
        let known = Self.byLength[bytes.count].first(where: { bytes.elementsEqual($0.bytes) })
      else { return nil }
      self = known.name
    }
  }

  /// A member of an object.
  struct Member: Equatable {
    let name: Name
    let value: PartialJSON
  }

  /// A string as it stands between its quotes: most are never read.
  struct Text: Equatable {
    let bytes: ArraySlice<UInt8>
    let hasEscapes: Bool
  }

  case object([Member])
  case array([PartialJSON])
  case string(Text)
  case bool(Bool)
  case number
  case null

  /// The member of this name; `nil` when there is none, or the value is no object. Of several
  /// the last counts.
  subscript(name: Name) -> PartialJSON? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.name == name }?.value
  }

  /// The text of a string; `nil` for one that is not UTF-8, or has half a surrogate pair, too.
  var text: String? {
    guard case .string(let text) = self else { return nil }
    return text.hasEscapes
      ? JSONEscapes.resolved(text.bytes) : String(validating: text.bytes, as: UTF8.self)
  }

  /// Whether it is a string.
  var isString: Bool {
    if case .string = self { true } else { false }
  }

  /// The elements of an array.
  var elements: [PartialJSON]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// Whether it is an object.
  var isObject: Bool {
    if case .object = self { true } else { false }
  }

  /// Reads one document from UTF-8.
  /// - Throws: `PartialJSONError` for anything that is not exactly one document, and for nesting
  ///   beyond `PartialJSONReader.maximumDepth`.
  init(_ bytes: [UInt8]) throws(PartialJSONError) {
    var reader = PartialJSONReader(bytes)
    self = try reader.document()
  }
}

/// A text that is no JSON, or nested too deep. Where, is nobody's business but the sender's.
struct PartialJSONError: Error {}
