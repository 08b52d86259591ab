import COpenSSL

/// An RSA key that verifies RS256 signatures (RFC 7518, section 3.3): RSASSA-PKCS1-v1_5 with
/// SHA-256. Made once, it serves any number of threads at the same time.
@safe package final class RSAPublicKey: @unchecked Sendable {
  /// The lengths of a modulus, in bits, that are taken: RFC 7518 asks for 2048 or more, and beyond
  /// 8192 a single verification would cost too much.
  package static let modulusBits = 2048...8192

  /// Length of every signature under this key, in bytes: that of its modulus.
  package let byteCount: Int
  // libcrypto's `EVP_PKEY *`. Verifying only reads it, and libcrypto locks what it caches in it.
  private let key: OpaquePointer

  /// Takes the numbers as a JSON Web Key writes them (RFC 7518, section 6.3.1): big-endian and as
  /// short as possible. Nil unless the modulus is odd and its length is within `modulusBits`, and
  /// the exponent is odd and between 2^16 and 2^32, as every key made in this century has it.
  /// - Throws: `SigningError` with `keyFailed` when libcrypto fails.
  package init?(modulus: [UInt8], exponent: [UInt8]) throws(SigningError) {
    guard let first = modulus.first, first != 0, let last = modulus.last, last & 1 == 1,
      Self.modulusBits.contains(modulus.count * 8 - first.leadingZeroBitCount),
      let exponent = Self.number(exponent)
    else { return nil }
    byteCount = modulus.count
    unsafe key = try Self.makeKey(modulus: modulus, exponent: exponent)
  }

  deinit { unsafe EVP_PKEY_free(key) }

  /// Whether `signature` was made with the private half of this key over `prefix` followed by
  /// `rest`, which is read in place.
  /// - Throws: `SigningError` with `verificationFailed` when libcrypto fails; that says nothing
  ///   about the signature.
  package func accepts(
    _ signature: [UInt8], of prefix: [UInt8], _ rest: RawSpan
  ) throws(SigningError) -> Bool {
    guard signature.count == byteCount else { return false }
    guard let context = unsafe EVP_MD_CTX_new() else { throw Self.verificationFailed }
    defer { unsafe EVP_MD_CTX_free(context) }
    // PKCS #1 version 1.5 is what libcrypto does with an RSA key when no other padding is asked for.
    let isReady =
      unsafe EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1
      && prefix.withUnsafeBytes {
        unsafe EVP_DigestVerifyUpdate(context, $0.baseAddress, $0.count) == 1
      }
      && rest.withUnsafeBytes {
        unsafe EVP_DigestVerifyUpdate(context, $0.baseAddress, $0.count) == 1
      }
    guard isReady else { throw Self.verificationFailed }
    let verdict = unsafe signature.withUnsafeBufferPointer {
      unsafe EVP_DigestVerifyFinal(context, $0.baseAddress, $0.count)
    }
    switch verdict {
    case 1: return true
    case 0:
      // What was wrong with the signature stands in this thread's error queue.
      ERR_clear_error()
      return false
    default: throw Self.verificationFailed
    }
  }

  private static var verificationFailed: SigningError {
    SigningError(.verificationFailed, "an RS256 signature could not be verified")
  }

  private static func number(_ exponent: [UInt8]) -> UInt32? {
    guard (3...4).contains(exponent.count), exponent[0] != 0 else { return nil }
    let number = exponent.reduce(0) { $0 << 8 | UInt32($1) }
    return number > 0xFFFF && number & 1 == 1 ? number : nil
  }

  private static func makeKey(
    modulus: [UInt8], exponent: UInt32
  ) throws(SigningError) -> OpaquePointer {
    // libcrypto wants numbers in the machine's byte order, least significant byte first wherever
    // Swift runs.
    var modulus = Array(modulus.reversed())
    var exponent = exponent
    var key: OpaquePointer?
    let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "RSA", nil)
    defer { unsafe EVP_PKEY_CTX_free(context) }
    unsafe OSSL_PKEY_PARAM_RSA_N.withCString { modulusName in
      unsafe OSSL_PKEY_PARAM_RSA_E.withCString { exponentName in
        unsafe modulus.withUnsafeMutableBufferPointer { modulus in
          unsafe withUnsafeMutablePointer(to: &exponent) { exponent in
            var parameters = unsafe [
              OSSL_PARAM_construct_BN(modulusName, modulus.baseAddress, modulus.count),
              OSSL_PARAM_construct_uint32(exponentName, exponent),
              OSSL_PARAM_construct_end(),
            ]
            if unsafe EVP_PKEY_fromdata_init(context) == 1 {
              _ = unsafe EVP_PKEY_fromdata(
                context, &key, OSSL_KEYMGMT_SELECT_PUBLIC_KEY, &parameters)
            }
          }
        }
      }
    }
    guard let key = unsafe key else {
      throw SigningError(.keyFailed, "an RSA key could not be made")
    }
    return unsafe key
  }
}
