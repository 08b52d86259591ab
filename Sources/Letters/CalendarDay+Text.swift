package import Domain

extension CalendarDay {
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
