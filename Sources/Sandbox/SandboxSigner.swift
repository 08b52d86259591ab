import NIOConcurrencyHelpers
import Signing

/// The key with which a store signs the deliveries of webhooks that have no secret: one RSA key for
/// all Apps and webhooks (FACTS §2).
package final class SandboxSigner: Sendable {
  private struct State {
    var key: RSAPrivateKey
    var keyID: String
    var replaced: [JSONValue] = []
  }

  private let state: NIOLockedValueBox<State>

  /// Draws a key, which takes a good part of a second.
  /// - Throws: `SigningError`.
  package init() throws {
    let key = try RSAPrivateKey()
    state = NIOLockedValueBox(State(key: key, keyID: try Self.thumbprint(of: key)))
  }

  /// Signs with a new key from now on. The old one stays published only when it is said so, as the
  /// store publishes one key at a time.
  /// - Throws: `SigningError`.
  package func rotate(publishingOldKey: Bool = false) throws {
    let key = try RSAPrivateKey()
    let keyID = try Self.thumbprint(of: key)
    state.withLockedValue { state in
      state.replaced = publishingOldKey ? [Self.entry(state.key, state.keyID)] : []
      state.key = key
      state.keyID = keyID
    }
  }

  /// The header `Saleor-Signature` of a body: a detached JSON Web Signature (RFC 7797).
  /// - Throws: `SigningError`.
  package func sign(_ body: [UInt8]) throws -> String {
    let (key, keyID) = state.withLockedValue { ($0.key, $0.keyID) }
    let header =
      #"{"alg":"RS256","b64":false,"crit":["b64"],"kid":"\#(keyID)","typ":"JWT"}"#
    let encoded = Base64URL.encode(Array(header.utf8))
    let signature = try key.sign(Array("\(encoded).".utf8) + body)
    return "\(encoded)..\(Base64URL.encode(signature))"
  }

  /// A JSON Web Token with these claims, as the store gives its users.
  /// - Throws: `SigningError`.
  package func token(_ claims: JSONValue) throws -> String {
    let (key, keyID) = state.withLockedValue { ($0.key, $0.keyID) }
    let header = #"{"alg":"RS256","kid":"\#(keyID)","typ":"JWT"}"#
    let text =
      "\(Base64URL.encode(Array(header.utf8))).\(Base64URL.encode(claims.bytes(.compact)))"
    return "\(text).\(Base64URL.encode(try key.sign(Array(text.utf8))))"
  }

  /// What the store answers at `/.well-known/jwks.json`, with the members that were recorded.
  package var keySet: [UInt8] {
    let keys = state.withLockedValue { [Self.entry($0.key, $0.keyID)] + $0.replaced }
    return (["keys": .array(keys)] as JSONValue).bytes(.spaced)
  }

  private static func entry(_ key: RSAPrivateKey, _ keyID: String) -> JSONValue {
    [
      "kty": "RSA", "key_ops": ["verify"], "n": .string(Base64URL.encode(key.modulus)),
      "e": .string(Base64URL.encode(key.exponent)), "use": "sig", "kid": .string(keyID),
      "alg": "RS256",
    ]
  }

  /// The key's id: its thumbprint (RFC 7638).
  private static func thumbprint(of key: RSAPrivateKey) throws -> String {
    let members =
      #"{"e":"\#(Base64URL.encode(key.exponent))","kty":"RSA","n":"\#(Base64URL.encode(key.modulus))"}"#
    return Base64URL.encode(try SHA256.hash(Array(members.utf8)))
  }
}
