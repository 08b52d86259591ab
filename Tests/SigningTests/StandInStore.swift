import Signing

/// A store with a key of its own, so that a test can have anything signed.
struct StandInStore: Sendable {
  /// The header that a store writes, with this store's key id.
  static let header = #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"k1","typ":"JWT"}"#

  private static let drawn = Result { try RSAPrivateKey() }

  let key: RSAPrivateKey

  /// The same key for every test, because drawing one is slow.
  init() throws { key = try Self.drawn.get() }

  /// The members of the store's key, as JSON values; `changes` replaces some, nil leaves one out.
  func entry(_ changes: [String: String?] = [:]) -> String {
    var members: [String: String?] = [
      "kty": #""RSA""#, "key_ops": #"["verify"]"#, "n": #""\#(Base64URL.encode(key.modulus))""#,
      "e": #""AQAB""#, "use": #""sig""#, "kid": #""k1""#, "alg": #""RS256""#,
    ]
    members.merge(changes) { $1 }
    return "{"
      + members.compactMap { name, value in value.map { #""\#(name)": \#($0)"# } }
      .joined(separator: ", ") + "}"
  }

  /// A key set with these entries; by default the store's own.
  func keys(_ entries: [String]? = nil) throws -> JSONWebKeySet {
    let list = (entries ?? [entry()]).joined(separator: ", ")
    return try JSONWebKeySet(json: bytes(#"{"keys": [\#(list)]}"#))
  }

  /// A detached signature over the header as it stands here and the body.
  func sign(_ header: String = header, body: [UInt8]) throws -> String {
    let encoded = Base64URL.encode(bytes(header))
    let signature = try key.sign(bytes(encoded + ".") + body)
    return encoded + ".." + Base64URL.encode(signature)
  }
}

/// Reads and verifies; nil when the signature is accepted, else the step that failed.
func refusal(
  of compact: String, body: [UInt8], keys: JSONWebKeySet
) -> SignatureError.Code? {
  do throws(SignatureError) {
    try DetachedSignature(compact: compact).verify(body: body, keys: keys)
    return nil
  } catch {
    return error.code
  }
}
