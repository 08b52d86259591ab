import COpenSSL

/// Comparison whose duration does not depend on where two values differ, so that a forger cannot
/// feel a way towards the right signature byte by byte.
package enum ConstantTime {
  /// Whether both have the same length and the same bytes. The length itself is not secret.
  package static func areEqual(_ first: RawSpan, _ second: RawSpan) -> Bool {
    guard first.byteCount == second.byteCount else { return false }
    guard first.byteCount > 0 else { return true }
    return unsafe first.withUnsafeBytes { left in
      unsafe second.withUnsafeBytes { right in
        unsafe CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
      }
    }
  }

  /// Whether both have the same length and the same bytes.
  package static func areEqual(_ first: [UInt8], _ second: [UInt8]) -> Bool {
    unsafe areEqual(first.span.bytes, second.span.bytes)
  }
}
