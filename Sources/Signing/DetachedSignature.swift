/// A JSON Web Signature (RFC 7515) whose payload, a webhook's body, travels beside it unencoded
/// (RFC 7797), as the store writes it into the header `Saleor-Signature`:
/// `base64url(header)..base64url(signature)`, the header being
/// `{"alg":"RS256","b64":false,"crit":["b64"],"kid":"…","typ":"JWT"}`. Only this form is accepted.
/// As `b64` must be false, none of the tokens that the store signs with the same key can pass for a
/// delivery's signature.
package struct DetachedSignature: Sendable {
  /// The longest encoded header that is read, in bytes; the store's has 190.
  package static let maximumHeaderLength = 2048

  /// The longest encoded signature, in bytes: that of the longest key.
  private static let maximumSignatureLength = (RSAPublicKey.modulusBits.upperBound / 8 * 4 + 2) / 3
  /// Members by which a header chooses its own key (RFC 7515, sections 4.1.2 to 4.1.8). Which key
  /// counts is never the sender's choice.
  static let keyMembers = ["jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256"]

  /// The id of the key that it claims to be made with. Not to be believed before `verify`.
  package let keyID: String

  /// What is signed before the body: the encoded header and a full stop.
  private let signedPrefix: [UInt8]
  private let signature: [UInt8]

  /// Reads the header's value and checks everything that can be checked without keys.
  /// - Throws: `SignatureError`.
  package init(compact: String) throws(SignatureError) {
    let parts = compact.utf8.split(
      separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[0].isEmpty, parts[1].isEmpty, !parts[2].isEmpty else {
      throw SignatureError(.notDetached, "it is not a header, two full stops and a signature")
    }
    guard parts[0].count <= Self.maximumHeaderLength,
      parts[2].count <= Self.maximumSignatureLength
    else { throw SignatureError(.tooLong, "the header or the signature is too long") }
    guard let header = Base64URL.decode(parts[0]), let signature = Base64URL.decode(parts[2]) else {
      throw SignatureError(.malformedText, "the header or the signature is not base64url")
    }
    keyID = try Self.keyID(in: header)
    signedPrefix = Array(parts[0]) + [UInt8(ascii: ".")]
    self.signature = signature
  }

  /// Returns when the signature was made over exactly these body bytes, which are read in place,
  /// with the one of `keys` that it names.
  /// - Throws: `SignatureError`; `unknownKey` when `keys` has none of that id.
  package func verify(body: RawSpan, keys: JSONWebKeySet) throws(SignatureError) {
    switch keys.key(id: keyID) {
    case nil:
      throw SignatureError(.unknownKey, "the store's known keys have none of that id")
    case .unsuitable(let reason):
      throw SignatureError(.unsuitableKey, "the store's key of that id is refused: \(reason)")
    case .usable(let key):
      guard try accepts(body, under: key) else {
        throw SignatureError(.wrongSignature, "the signature does not fit the header and the body")
      }
    }
  }

  /// As above, for bytes in an array; they are not copied.
  /// - Throws: `SignatureError`.
  package func verify(body: [UInt8], keys: JSONWebKeySet) throws(SignatureError) {
    try unsafe verify(body: body.span.bytes, keys: keys)
  }

  private func accepts(_ body: RawSpan, under key: RSAPublicKey) throws(SignatureError) -> Bool {
    do {
      return try key.accepts(signature, of: signedPrefix, body)
    } catch {
      throw SignatureError(.libraryFailed, "the signature could not be verified", cause: error)
    }
  }

  /// Checks every member that matters; others have no say and are left alone, as RFC 7515,
  /// section 4, asks.
  private static func keyID(in header: [UInt8]) throws(SignatureError) -> String {
    let document: StrictJSON
    do {
      document = try StrictJSON(header)
    } catch {
      throw SignatureError(.malformedHeader, "the header is not strict JSON: \(error.reason)")
    }
    guard let members = document.members else {
      throw SignatureError(.malformedHeader, "the header is no object")
    }
    for name in keyMembers where members[name] != nil {
      throw SignatureError(.foreignKey, "the header has \(name): it may not choose its own key")
    }
    guard members["alg"] == .string("RS256") else {
      throw SignatureError(.wrongAlgorithm, "alg is not RS256")
    }
    guard members["b64"] == .bool(false) else {
      throw SignatureError(.encodedPayload, "b64 is not false")
    }
    guard members["crit"] == .array([.string("b64")]) else {
      throw SignatureError(.wrongCritical, "crit is not exactly [\"b64\"]")
    }
    guard let keyID = members["kid"]?.text, !keyID.isEmpty else {
      throw SignatureError(.missingKeyID, "kid is missing, empty or no text")
    }
    return keyID
  }
}
