import FoundationEssentials

extension Date {
  /// The instant as the store writes it: UTC with six digits, `2026-11-21T08:06:27.463943+00:00`.
  package var storeText: String {
    let microseconds = Int64((timeIntervalSince1970 * 1_000_000).rounded())
    let (seconds, fraction) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    let whole = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    let digits = String(fraction)
    return whole.dropLast() + "." + String(repeating: "0", count: 6 - digits.count) + digits
      + "+00:00"
  }

  /// The day in UTC, `2026-11-21`.
  var storeDay: String { String(storeText.prefix(10)) }
}

extension String {
  /// A global id: base64 of `Type:key`.
  package static func globalID(_ type: String, _ key: String) -> String {
    Data("\(type):\(key)".utf8).base64EncodedString()
  }
}
