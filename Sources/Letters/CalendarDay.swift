/// A day as stores write an expiry date: without a time and without a time zone.
package struct CalendarDay: Sendable, Equatable {
  /// The year, 1 to 9999.
  package let year: Int
  /// The month, 1 to 12.
  package let month: Int
  /// The day of the month, 1 to 31.
  package let day: Int

  /// Reads `2027-05-31` (ISO 8601); nil for anything else. Whether the month has that day is not
  /// checked.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [4, 2, 2],
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }),
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
      year >= 1, (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  /// The day in words: `31 May 2027`, `31 мая 2027 г.`
  package func text(in language: LetterLanguage) -> String {
    switch language {
    case .english: "\(day) \(Self.englishMonths[month - 1]) \(year)"
    case .russian: "\(day) \(Self.russianMonths[month - 1]) \(year) г."
    }
  }

  private static let englishMonths = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]
  private static let russianMonths = [
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
    "октября", "ноября", "декабря",
  ]
}
