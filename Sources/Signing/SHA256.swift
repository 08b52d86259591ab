import COpenSSL

/// The SHA-256 digest (FIPS 180-4).
package enum SHA256 {
  /// Length of a digest in bytes.
  package static let byteCount = 32

  /// The 32-byte digest of `bytes`, which are read in place.
  /// - Throws: `SigningError` with `digestFailed` when libcrypto fails.
  package static func hash(_ bytes: RawSpan) throws(SigningError) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: byteCount)
    let status = unsafe bytes.withUnsafeBytes { input in
      unsafe digest.withUnsafeMutableBufferPointer { output in
        unsafe EVP_Digest(
          input.baseAddress, input.count, output.baseAddress, nil, EVP_sha256(), nil)
      }
    }
    guard status == 1 else {
      throw SigningError(.digestFailed, "SHA-256 could not be computed")
    }
    return digest
  }

  /// The 32-byte digest of `bytes`.
  /// - Throws: `SigningError` with `digestFailed` when libcrypto fails.
  package static func hash(_ bytes: [UInt8]) throws(SigningError) -> [UInt8] {
    try unsafe hash(bytes.span.bytes)
  }
}
