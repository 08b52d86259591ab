package import FoundationEssentials

/// The store's way of writing an instant: `2026-11-21T08:06:27.463943+00:00`, in legacy bodies
/// `2026-11-21T07:59:55.541Z`, in the header `Date` as HTTP has it.
package enum StoreTime {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Reads an instant; `nil` when the text is none. Fractions of a second may have any length.
  package static func date(_ text: String) -> Date? { usual(text) ?? other(text) }

  /// The form that the store's own queries give, in UTC: read by hand, because every delivery has
  /// it twice and the general way takes fifty times as long. `nil` for any other form.
  private static func usual(_ text: String) -> Date? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
      bytes[16] == UInt8(ascii: ":"),
      let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
      let day = number(bytes[8..<10]), let hour = number(bytes[11..<13]),
      let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
      (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day), hour < 24,
      minute < 60, second < 60
    else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    guard day <= [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] else {
      return nil
    }
    var rest = bytes[19...]
    var fraction = 0.0
    if rest.first == UInt8(ascii: ".") {
      let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
      guard (1...9).contains(digits.count), let value = number(digits) else { return nil }
      fraction = Double(value) / pow10(digits.count)
      rest = rest.dropFirst(digits.count + 1)
    }
    guard rest.elementsEqual("Z".utf8) || rest.elementsEqual("+00:00".utf8) else { return nil }
    // Days before the month's first in a year that begins in March, so that a leap day is its last.
    let (marchYear, marchMonth) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
    let leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
    let days = marchYear * 365 + leapDays + (153 * marchMonth + 2) / 5 + day - 1 - 719_468
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    return Date(timeIntervalSince1970: Double(seconds)) + fraction
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    var number = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      number = number * 10 + Int(digit - 0x30)
    }
    return number
  }

  private static func pow10(_ exponent: Int) -> Double {
    (0..<exponent).reduce(1.0) { power, _ in power * 10 }
  }

  /// Any form of ISO 8601.
  private static func other(_ text: String) -> Date? {
    let point = text.firstIndex(of: ".") ?? text.endIndex
    let rest = text[point...].dropFirst()
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    let whole = text[..<point] + rest.dropFirst(digits.count)
    guard let date = try? Date(String(whole), strategy: .iso8601) else { return nil }
    return date + (Double("0.\(digits.isEmpty ? "0" : digits)") ?? 0)
  }

  /// Reads an instant as HTTP writes it, `Sat, 21 Nov 2026 08:06:27 GMT` (RFC 9110, section 5.6.7);
  /// `nil` when the text is none. The two obsolete forms are not read.
  package static func httpDate(_ text: String) -> Date? {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT",
      let month = months.firstIndex(of: String(parts[2]))
    else { return nil }
    return date("\(parts[3])-\(month < 9 ? "0" : "")\(month + 1)-\(parts[1])T\(parts[4])Z")
  }
}
