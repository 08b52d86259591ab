/// One spelling of what people write in several.
extension String {
  /// The words of the text in one spelling, with one space between them: lower case, Latin letters
  /// without their marks, digits of every script as 0 to 9, full-width letters as plain ones, and
  /// nothing but letters and digits. Letters of other scripts stay.
  package var folded: String {
    var folded = ""
    var isApart = false
    for character in self.prefix(Self.foldedLimit) {
      let letters = Self.fold(character)
      guard !letters.isEmpty else {
        // An apostrophe or a point stands inside of a word: O'Neil, St.
        if !Self.inner.contains(character) { isApart = true }
        continue
      }
      if isApart && !folded.isEmpty { folded += " " }
      isApart = false
      folded += letters
    }
    return folded
  }

  /// How many characters of a text are looked at.
  private static let foldedLimit = 300
  private static let inner: Set<Character> = ["'", "’", "`", "´", "."]

  private static func fold(_ character: Character) -> String {
    if let digit = character.wholeNumberValue, (0...9).contains(digit),
      character.unicodeScalars.first?.properties.numericType == .decimal
    {
      return String(digit)
    }
    guard character.isLetter || character.isNumber else { return "" }
    return plain(character).lowercased().reduce(into: "") { text, letter in
      text += plainLetters[letter] ?? String(letter)
    }
  }

  /// A full-width letter (U+FF01 to U+FF5E) as the ASCII one that it is a form of.
  private static func plain(_ character: Character) -> String {
    guard let scalar = character.unicodeScalars.first, (0xFF01...0xFF5E).contains(scalar.value),
      let plain = Unicode.Scalar(scalar.value - 0xFEE0)
    else { return String(character) }
    return String(Character(plain))
  }

  /// Letters with marks, and what is written without them. Characters are equal whatever the form in
  /// which they are composed, so that both forms of each are found.
  private static let plainLetters: [Character: String] = {
    let rows: [(String, String)] = [
      ("àáâãäåāăąǎạảấầẩẫậắằẳẵặ", "a"), ("æ", "ae"), ("çćĉċč", "c"), ("ďđð", "d"),
      ("èéêëēĕėęěẹẻẽếềểễệ", "e"), ("ĝğġģ", "g"), ("ĥħ", "h"), ("ìíîïĩīĭįıǐỉịi̇", "i"), ("ĵ", "j"),
      ("ķ", "k"), ("ĺļľŀł", "l"), ("ñńņňŋ", "n"), ("òóôõöøōŏőǒọỏốồổỗộơớờởỡợ", "o"), ("œ", "oe"),
      ("ŕŗř", "r"), ("śŝşšș", "s"), ("ß", "ss"), ("ţťŧț", "t"), ("þ", "th"),
      ("ùúûüũūŭůűųǔụủưứừửữự", "u"), ("ŵ", "w"), ("ýÿŷỳỵỷỹ", "y"), ("źżž", "z"), ("ё", "е"),
      ("й", "и"), ("ї", "і"), ("ў", "у"), ("ά", "α"), ("έ", "ε"), ("ή", "η"), ("ίϊΐ", "ι"),
      ("ό", "ο"), ("ύϋΰ", "υ"), ("ώ", "ω"), ("ς", "σ"),
    ]
    return rows.reduce(into: [:]) { letters, row in
      for letter in row.0 { letters[letter] = row.1 }
    }
  }()
}
