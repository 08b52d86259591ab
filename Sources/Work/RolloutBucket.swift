package import Domain
import Signing

/// Where a referrer stands in a rollout by percent.
package enum RolloutBucket {
  /// The bucket of a referrer, 0 to 99: of SHA-256 over the store's address and the referrer's id,
  /// each in UTF-8 behind its length (4 bytes, big endian), the first 4 bytes as a number, modulo
  /// 100. The same for ever, so a referrer who is in at 10 percent is in at 25.
  /// - Throws: `SigningError`.
  package static func of(store: StoreAddress, referrerUserID: String) throws -> Int {
    var bytes: [UInt8] = []
    for part in [store.canonical, referrerUserID] {
      let length = UInt32(clamping: part.utf8.count)
      for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(length >> shift & 0xFF)) }
      bytes.append(contentsOf: part.utf8)
    }
    return Int(try SHA256.hash(bytes).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } % 100)
  }
}
