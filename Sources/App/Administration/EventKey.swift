import Signing

/// The key of a delivery as a human types it: hexadecimal, whole or its beginning.
package struct EventKey: Sendable, Equatable {
  /// How many digits the beginning of a key needs.
  package static let minimumDigits = 8
  private static let wholeDigits = 64

  /// As it was typed.
  let text: String
  /// The least key that begins so.
  let first: [UInt8]
  /// The greatest key that begins so.
  let last: [UInt8]

  /// Accepts 8 to 64 digits of either case; `nil` otherwise.
  package init?(_ text: String) {
    let missing = Self.wholeDigits - text.utf8.count
    guard text.utf8.count >= Self.minimumDigits, missing >= 0,
      let first = Hex.decode(text + String(repeating: "0", count: missing)),
      let last = Hex.decode(text + String(repeating: "f", count: missing))
    else { return nil }
    self.text = text
    self.first = first
    self.last = last
  }
}
