import COpenSSL

/// A throw-away RSA key of 2048 bits that signs with RS256, as a store's own key does. Laurel itself
/// signs nothing with RSA: this is the store's half, for a stand-in store and for tests.
@safe package final class RSAPrivateKey: @unchecked Sendable {
  /// The modulus and the public exponent, big-endian and as short as possible.
  package let modulus: [UInt8], exponent: [UInt8]
  // libcrypto's `EVP_PKEY *`. Signing only reads it, and libcrypto locks what it caches in it.
  private let key: OpaquePointer

  /// Draws a new key, which takes a good part of a second.
  /// - Throws: `SigningError` with `keyFailed`.
  package init() throws(SigningError) {
    let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "RSA", nil)
    defer { unsafe EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    guard unsafe EVP_PKEY_keygen_init(context) == 1,
      unsafe EVP_PKEY_generate(context, &key) == 1, let key = unsafe key
    else { throw SigningError(.keyFailed, "an RSA key could not be drawn") }
    unsafe self.key = key
    modulus = unsafe Self.number(OSSL_PKEY_PARAM_RSA_N, of: key)
    exponent = unsafe Self.number(OSSL_PKEY_PARAM_RSA_E, of: key)
    guard !modulus.isEmpty, !exponent.isEmpty else {
      throw SigningError(.keyFailed, "an RSA key's numbers could not be read")
    }
  }

  deinit { unsafe EVP_PKEY_free(key) }

  /// The RS256 signature of `message`: 256 bytes.
  /// - Throws: `SigningError` with `verificationFailed`.
  package func sign(_ message: [UInt8]) throws(SigningError) -> [UInt8] {
    let context = unsafe EVP_MD_CTX_new()
    defer { unsafe EVP_MD_CTX_free(context) }
    var signature = [UInt8](repeating: 0, count: modulus.count)
    var length = signature.count
    guard unsafe context != nil,
      unsafe EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
      unsafe EVP_DigestSign(context, &signature, &length, message, message.count) == 1,
      length == signature.count
    else { throw SigningError(.verificationFailed, "an RS256 signature could not be made") }
    return signature
  }

  private static func number(_ name: String, of key: OpaquePointer) -> [UInt8] {
    var number: OpaquePointer?
    defer { unsafe BN_free(number) }
    guard unsafe EVP_PKEY_get_bn_param(key, name, &number) == 1 else { return [] }
    var bytes = [UInt8](repeating: 0, count: Int((unsafe BN_num_bits(number) + 7) / 8))
    _ = unsafe BN_bn2bin(number, &bytes)
    return bytes
  }
}
