/// The public keys that a store publishes at `/.well-known/jwks.json` (RFC 7517, section 5), ready
/// for use: parsed once, they verify any number of signatures on any number of threads.
package struct JSONWebKeySet: Sendable {
  /// The longest document that is read, in bytes. The store's own has about 600.
  package static let maximumByteCount = 65_536
  /// The most keys that a document may have, suitable or not. The store's own has one.
  package static let maximumKeyCount = 32

  private let keys: [String: JSONWebKey]

  /// Reads the document. Keys of another kind or for another purpose (EC, encryption, RSA below
  /// 2048 bits) stand beside the usable ones without harm, and verify nothing; a key without an id
  /// can never be asked for, and is left out.
  /// - Throws: `JSONWebKeySetError`.
  package init(json: [UInt8]) throws(JSONWebKeySetError) {
    guard json.count <= Self.maximumByteCount else {
      throw JSONWebKeySetError(
        .tooLarge, "the document is longer than \(Self.maximumByteCount) bytes")
    }
    let document: StrictJSON
    do {
      document = try StrictJSON(json)
    } catch {
      throw JSONWebKeySetError(.malformed, "the document is not strict JSON: \(error.reason)")
    }
    guard let entries = document.members?["keys"]?.elements else {
      throw JSONWebKeySetError(.malformed, "the document is no object with an array \"keys\"")
    }
    guard entries.count <= Self.maximumKeyCount else {
      throw JSONWebKeySetError(
        .tooManyKeys, "the document has more than \(Self.maximumKeyCount) keys")
    }
    var keys: [String: JSONWebKey] = [:]
    for entry in entries {
      guard let members = entry.members else {
        throw JSONWebKeySetError(.malformed, "a key is no object")
      }
      guard let id = members["kid"]?.text, !id.isEmpty else { continue }
      keys[id] = try Self.choose(between: keys[id], and: try Self.key(members))
    }
    self.keys = keys
  }

  /// Whether the set has an entry of that id, be it one that can verify or not.
  package func contains(keyID: String) -> Bool {
    keys[keyID] != nil
  }

  /// Whether there is a key in it that can verify.
  package var hasUsableKey: Bool {
    keys.values.contains { if case .usable = $0 { true } else { false } }
  }

  /// The entry of that id.
  func key(id: String) -> JSONWebKey? {
    keys[id]
  }

  private static func key(
    _ members: [String: StrictJSON]
  ) throws(JSONWebKeySetError) -> JSONWebKey {
    do {
      return try JSONWebKey(members)
    } catch {
      throw JSONWebKeySetError(.libraryFailed, "a key could not be made", cause: error)
    }
  }

  /// RFC 7517, section 4.5, lets keys of different kinds share an id. Two that could both verify
  /// would leave open which one counts.
  private static func choose(
    between first: JSONWebKey?, and second: JSONWebKey
  ) throws(JSONWebKeySetError) -> JSONWebKey {
    switch (first, second) {
    case (.usable, .usable):
      throw JSONWebKeySetError(.repeatedKeyID, "two RSA keys have the same id")
    case (.usable(let key), .unsuitable): return .usable(key)
    case (.unsuitable, _), (nil, _): return second
    }
  }
}
