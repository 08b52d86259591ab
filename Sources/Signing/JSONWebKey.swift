/// One entry of a key set (RFC 7517, section 4), read for a single purpose: to verify RS256.
enum JSONWebKey: Sendable {
  /// A key that verifies.
  case usable(RSAPublicKey)
  /// A key of another kind or for another purpose; the reason is for people.
  case unsuitable(reason: String)

  /// Reads the members of an entry; members that do not matter for this purpose are left alone, as
  /// the RFC asks.
  /// - Throws: `SigningError` when libcrypto fails.
  init(_ members: [String: StrictJSON]) throws(SigningError) {
    guard members["kty"] == .string("RSA") else {
      self = .unsuitable(reason: "it is no RSA key")
      return
    }
    if let use = members["use"], use != .string("sig") {
      self = .unsuitable(reason: "it is not meant for signatures")
      return
    }
    if let operations = members["key_ops"],
      operations.elements?.contains(.string("verify")) != true
    {
      self = .unsuitable(reason: "it is not meant for verifying")
      return
    }
    if let algorithm = members["alg"], algorithm != .string("RS256") {
      self = .unsuitable(reason: "it is meant for another algorithm than RS256")
      return
    }
    guard let modulus = members["n"]?.text.flatMap({ Base64URL.decode($0.utf8) }),
      let exponent = members["e"]?.text.flatMap({ Base64URL.decode($0.utf8) })
    else {
      self = .unsuitable(reason: "its numbers are not base64url")
      return
    }
    guard let key = try RSAPublicKey(modulus: modulus, exponent: exponent) else {
      self = .unsuitable(reason: "its modulus or its exponent is out of bounds")
      return
    }
    self = .usable(key)
  }
}
