/// A JSON value (RFC 8259) as signatures and keys need it: an object never has two members of one
/// name, because two readers that disagree on which one counts can be played off against each other
/// (RFC 7515, section 4). Numbers are checked but not kept; nothing here depends on one.
enum StrictJSON: Sendable, Equatable {
  case object([String: StrictJSON])
  case array([StrictJSON])
  case string(String)
  case bool(Bool)
  case number
  case null

  /// The text of a string.
  var text: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The elements of an array.
  var elements: [StrictJSON]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// The members of an object.
  var members: [String: StrictJSON]? {
    if case .object(let members) = self { members } else { nil }
  }

  /// Reads one document from UTF-8.
  /// - Throws: `StrictJSONError` for anything that is not exactly one document, for a repeated
  ///   member name, and for nesting beyond `StrictJSONReader.maximumDepth`.
  init(_ bytes: [UInt8]) throws(StrictJSONError) {
    var reader = StrictJSONReader(bytes)
    self = try reader.document()
  }
}

/// Why a text was refused. It shows nothing of the text.
struct StrictJSONError: Error, Sendable, Equatable {
  /// What was wrong, for people.
  let reason: String
}
