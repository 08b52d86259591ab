/// A JSON Web Token (RFC 7519) as the store gives its users: a compact JSON Web Signature (RFC 7515)
/// with RS256 over its payload. Only this form is accepted: not `none`, no other algorithm whatever
/// key would fit it, and not the detached form, which signs webhooks with the same key.
package struct JSONWebToken: Sendable {
  /// The longest token that is read, in bytes; a customer's has about 700.
  package static let maximumLength = 8192

  /// The id of the key that it claims to be made with. Not to be believed before `verify`.
  package let keyID: String
  /// The claims, a JSON object of which no two members have the same name. Not to be believed before
  /// `verify`.
  package let payload: [UInt8]
  /// Who has issued it, as it claims; `nil` when it does not say. It selects whose keys have to fit.
  package let issuer: String?

  /// What is signed: the encoded header, a full stop, and the encoded payload.
  private let signedText: [UInt8]
  private let signature: [UInt8]

  /// Reads a token and checks everything that can be checked without keys.
  /// - Throws: `JSONWebTokenError`.
  package init(compact: String) throws(JSONWebTokenError) {
    guard compact.utf8.count <= Self.maximumLength else {
      throw JSONWebTokenError(.malformed, "it is longer than \(Self.maximumLength) bytes")
    }
    let parts = compact.utf8.split(
      separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 3, let header = Base64URL.decode(parts[0]),
      let payload = Base64URL.decode(parts[1]), let signature = Base64URL.decode(parts[2])
    else { throw JSONWebTokenError(.malformed, "it is not three parts in base64url") }
    keyID = try Self.keyID(in: header)
    guard let claims = try? StrictJSON(payload), let members = claims.members else {
      throw JSONWebTokenError(.malformed, "the payload is no strict JSON object")
    }
    issuer = members["iss"]?.text
    self.payload = payload
    self.signature = signature
    signedText = Array(parts[0]) + [UInt8(ascii: ".")] + Array(parts[1])
  }

  /// Returns when the signature was made over header and payload with the one of `keys` that it
  /// names.
  /// - Throws: `JSONWebTokenError`.
  package func verify(keys: JSONWebKeySet) throws(JSONWebTokenError) {
    guard case .usable(let key) = keys.key(id: keyID) else {
      throw JSONWebTokenError(.wrongSignature, "the store has no key of that id that can verify")
    }
    let isGenuine: Bool
    do {
      isGenuine = try unsafe key.accepts(signature, of: signedText, [UInt8]().span.bytes)
    } catch {
      throw JSONWebTokenError(.libraryFailed, "the signature could not be verified", cause: error)
    }
    guard isGenuine else {
      throw JSONWebTokenError(.wrongSignature, "the signature does not fit header and payload")
    }
  }

  /// Checks every member that matters; others have no say (RFC 7515, section 4), but `crit` would
  /// give them one.
  private static func keyID(in header: [UInt8]) throws(JSONWebTokenError) -> String {
    guard let document = try? StrictJSON(header), let members = document.members else {
      throw JSONWebTokenError(.malformed, "the header is no strict JSON object")
    }
    guard members["alg"] == .string("RS256") else {
      throw JSONWebTokenError(.wrongAlgorithm, "alg is not RS256")
    }
    for name in DetachedSignature.keyMembers + ["crit", "b64"] where members[name] != nil {
      throw JSONWebTokenError(.malformed, "the header has \(name)")
    }
    guard let keyID = members["kid"]?.text, !keyID.isEmpty else {
      throw JSONWebTokenError(.malformed, "kid is missing, empty or no text")
    }
    return keyID
  }
}
