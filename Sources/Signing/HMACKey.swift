import COpenSSL

/// A secret key for HMAC-SHA256 (RFC 2104). Printing, logging or mirroring it never shows the key.
package struct HMACKey: Sendable {
  private let bytes: [UInt8]

  /// A key of any length; RFC 2104 advises at least 32 bytes.
  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The 32-byte HMAC-SHA256 of `message`, which is read in place.
  /// - Throws: `SigningError` with `authenticationFailed` when libcrypto fails.
  package func authenticate(_ message: RawSpan) throws(SigningError) -> [UInt8] {
    guard let keyLength = Int32(exactly: bytes.count) else {
      throw SigningError(.authenticationFailed, "the key is longer than libcrypto takes")
    }
    var code = [UInt8](repeating: 0, count: SHA256.byteCount)
    let succeeded = unsafe message.withUnsafeBytes { input in
      unsafe bytes.withUnsafeBytes { key in
        unsafe code.withUnsafeMutableBufferPointer { output in
          unsafe HMAC(
            EVP_sha256(), key.baseAddress, keyLength,
            input.bindMemory(to: UInt8.self).baseAddress, input.count,
            output.baseAddress, nil) != nil
        }
      }
    }
    guard succeeded else {
      throw SigningError(.authenticationFailed, "HMAC-SHA256 could not be computed")
    }
    return code
  }

  /// The 32-byte HMAC-SHA256 of `message`.
  /// - Throws: `SigningError` with `authenticationFailed` when libcrypto fails.
  package func authenticate(_ message: [UInt8]) throws(SigningError) -> [UInt8] {
    try unsafe authenticate(message.span.bytes)
  }
}

extension HMACKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// A fixed text, so that a key never reaches a log.
  package var description: String { "HMACKey(hidden)" }
  /// The same fixed text.
  package var debugDescription: String { description }
  /// A mirror without children: `dump` and reflection see nothing either.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
