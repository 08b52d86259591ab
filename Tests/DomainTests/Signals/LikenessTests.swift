import Domain
import Testing

/// How alike names and addresses are.
@Suite struct LikenessTests {
  /// The examples of Winkler's paper, and what ends the scale.
  @Test(arguments: [
    ("MARTHA", "MARHTA", 0.961), ("DIXON", "DICKSONX", 0.813), ("DWAYNE", "DUANE", 0.840),
    ("JELLYFISH", "SMELLYFISH", 0.896), ("abc", "xyz", 0), ("", "", 0), ("a", "", 0), ("a", "a", 1),
    ("a", "b", 0), ("ab", "ba", 0),
    // Far behind the end of the shorter text.
    ("abcdefghijkl", "a", 0.725),
  ])
  func theLikenessIsThatOfThePaper(_ one: String, _ other: String, _ expected: Double) {
    #expect(abs(Likeness.jaroWinkler(one, other) - expected) < 0.001)
    #expect(Likeness.jaroWinkler(one, other) == Likeness.jaroWinkler(other, one))
  }

  @Test(arguments: [
    ("Anna Müller", "MULLER, Anna", 1.0...1.0), ("Anna Maria Smith", "Smith Anna Maria", 1.0...1.0),
    ("Jon Smith", "John Smith", 0.95...0.99), ("Иван Петров", "Петров Иван", 1.0...1.0),
    ("Иван Петров", "Иван Петрова", 0.95...0.999), ("王小明", "王小明", 1.0...1.0),
    ("محمد علي", "علي محمد", 1.0...1.0), ("Alice Jones", "Bob Carter", 0.0...0.6),
    ("O’Neil Shaun", "Shaun O'Neil", 1.0...1.0),
  ])
  func namesAreAlikeInWhicheverOrder(
    _ one: String, _ other: String, _ range: ClosedRange<Double>
  ) throws {
    let likeness = try #require(Likeness.ofNames(one, other))
    #expect(range.contains(likeness), "\(likeness)")
    #expect(Likeness.ofNames(other, one) == likeness)
  }

  @Test(arguments: [("", "Anna"), ("Anna", " - "), ("", "")])
  func whoHasNoNameIsUnknown(_ one: String, _ other: String) {
    #expect(Likeness.ofNames(one, other) == nil)
  }

  @Test(arguments: [
    ("anna.smith1@example.com", "anna.smith2@example.com", 0.95...0.999),
    ("anna+1@example.com", "anna+2@example.org", 1.0...1.0),
    ("a.n.n.a@gmail.com", "anna@googlemail.com", 1.0...1.0),
    ("alice@example.com", "bob@example.com", 0.0...0.5),
  ])
  func addressesAreAlikeByWhatStandsBeforeTheAt(
    _ one: String, _ other: String, _ range: ClosedRange<Double>
  ) throws {
    let likeness = Likeness.ofAddresses(
      try #require(EmailAddress(one)), try #require(EmailAddress(other)))
    #expect(range.contains(likeness), "\(likeness)")
  }

  @Test func onlyTheBeginningOfALongTextIsCompared() {
    let long = String(repeating: "x", count: Likeness.limit)
    #expect(Likeness.jaroWinkler(long + "a", long + "bcd") == 1)
    let endless = String(repeating: "xy ", count: 300_000)
    #expect(Likeness.ofNames(endless, endless) == 1)
  }

  @Test func theLikenessStaysWithinItsRange() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      let texts = (0..<2).map { _ in
        String(
          (0..<Int.random(in: 0...12, using: &generator)).compactMap { _ in "abcdé".randomElement()
          })
      }
      let likeness = Likeness.jaroWinkler(texts[0], texts[1])
      #expect((0...1).contains(likeness), "\(texts)")
      #expect((likeness == 1) == (texts[0] == texts[1] && !texts[0].isEmpty), "\(texts)")
    }
  }
}
