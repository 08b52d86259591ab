/// A telephone number, compared whatever way it is written.
package struct PhoneNumber: Sendable, Equatable {
  /// The digits with the country's prefix, such as `19069999999` (ITU-T E.164); of a number without
  /// a prefix its digits behind the country in which it was written, such as `US:9069999999`.
  package let canonical: String

  /// Reads a number; what stands behind the first letter, such as an extension, does not count.
  /// `nil` for fewer than 7 digits or more than the 15 that a number can have (E.164, section 6.2).
  /// The store keeps numbers with `+` and prefix (recorded); other spellings come from imports.
  ///
  /// - Parameter country: the country of the address with which it stands.
  package init?(typed: String, country: String?) {
    let text = typed.trimmingSpace()
    var digits = text.prefix { !$0.isLetter }.compactMap(\.wholeNumberValue)
      .filter { (0...9).contains($0) }.map(String.init).joined()
    var isInternational = text.hasPrefix("+")
    if !isInternational && digits.hasPrefix("00") {
      digits.removeFirst(2)
      isInternational = true
    }
    guard (7...15).contains(digits.count) else { return nil }
    if isInternational {
      canonical = digits
    } else {
      // The 0 that is dialled before a number within its country.
      canonical = "\(country ?? ""):\(digits.drop { $0 == "0" })"
    }
  }
}
