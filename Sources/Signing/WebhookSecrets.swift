/// The secrets that the store may have signed a webhook delivery with. Several are accepted at the
/// same time, so that a secret can be exchanged without losing a delivery.
package struct WebhookSecrets: Sendable {
  /// A signature is HMAC-SHA256 in hexadecimal: 64 digits.
  private static let signatureLength = SHA256.byteCount * 2

  private let keys: [HMACKey]

  /// Every secret in the list is accepted. Empty ones are left out: anybody could sign with them.
  /// Without any secret nothing is accepted.
  package init(_ secrets: [String]) {
    keys = secrets.filter { !$0.isEmpty }.map { HMACKey(Array($0.utf8)) }
  }

  /// Whether `signature`, the value of the header `Saleor-Signature`, was made over exactly these
  /// body bytes with one of the secrets: HMAC-SHA256 with the secret's UTF-8 bytes as the key, as
  /// 64 lower-case hexadecimal digits. Any other spelling is refused, and the comparison takes the
  /// same time whatever the signature is.
  /// - Throws: `SigningError` when libcrypto fails; that says nothing about the signature.
  package func accept(signature: String, of body: RawSpan) throws(SigningError) -> Bool {
    guard Self.isWellFormed(signature), let given = Hex.decode(signature) else { return false }
    var accepted = false
    for key in keys {
      accepted = ConstantTime.areEqual(given, try key.authenticate(body)) || accepted
    }
    return accepted
  }

  /// As above, for bytes in an array; they are not copied.
  /// - Throws: `SigningError`.
  package func accept(signature: String, of body: [UInt8]) throws(SigningError) -> Bool {
    try unsafe accept(signature: signature, of: body.span.bytes)
  }

  private static func isWellFormed(_ signature: String) -> Bool {
    signature.utf8.count == signatureLength
      && signature.utf8.allSatisfy { character in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(character)
      }
  }
}

extension WebhookSecrets: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// How many secrets there are, never what they are.
  package var description: String { "WebhookSecrets(\(keys.count) hidden)" }
  /// The same text.
  package var debugDescription: String { description }
  /// A mirror without children: `dump` and reflection see nothing either.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
