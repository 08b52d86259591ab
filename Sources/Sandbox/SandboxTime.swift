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

  /// An instant that the store wrote, or that a client writes in its way: RFC 3339 with or without a
  /// fraction of a second. Nil when it is none.
  init?(storeText text: String) {
    let whole = text.prefix(19)
    let fraction = text.dropFirst(19).prefix { $0 == "." || $0.isNumber }
    let zone = text.dropFirst(19 + fraction.count)
    guard let date = try? Date(String(whole + zone), strategy: .iso8601) else { return nil }
    self = date.addingTimeInterval(Double("0\(fraction)") ?? 0)
  }

  /// The instant as HTTP writes it: `Sat, 21 Nov 2026 08:06:27 GMT`.
  var httpText: String {
    let text = storeText
    let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let day = Int((timeIntervalSince1970 / 86_400).rounded(.down))
    let month = Int(text.dropFirst(5).prefix(2)) ?? 1
    return "\(weekdays[(day % 7 + 7) % 7]), \(text.dropFirst(8).prefix(2)) \(months[month - 1]) "
      + "\(text.prefix(4)) \(text.dropFirst(11).prefix(8)) GMT"
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
