package import FoundationEssentials

/// The store's way of writing an instant: `2026-11-21T08:06:27.463943+00:00`, in legacy bodies
/// `2026-11-21T07:59:55.541Z`, in the header `Date` as HTTP has it.
package enum StoreTime {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Reads an instant; `nil` when the text is none. Fractions of a second may have any length.
  package static func date(_ text: String) -> Date? {
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
