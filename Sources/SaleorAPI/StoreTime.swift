package import FoundationEssentials

/// The store's way of writing an instant: `2026-11-21T08:06:27.463943+00:00`, in legacy bodies
/// `2026-11-21T07:59:55.541Z`.
package enum StoreTime {
  /// Reads an instant; `nil` when the text is none. Fractions of a second may have any length.
  package static func date(_ text: String) -> Date? {
    let point = text.firstIndex(of: ".") ?? text.endIndex
    let rest = text[point...].dropFirst()
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    let whole = text[..<point] + rest.dropFirst(digits.count)
    guard let date = try? Date(String(whole), strategy: .iso8601) else { return nil }
    return date + (Double("0.\(digits.isEmpty ? "0" : digits)") ?? 0)
  }
}
