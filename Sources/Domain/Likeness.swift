/// How alike two short texts are, 0 for nothing in common to 1 for equal.
package enum Likeness {
  /// How many characters of each text are compared.
  package static let limit = 64

  /// How alike two names of people are, whichever order their parts stand in, whatever their case
  /// and marks; `nil` when one of them is empty.
  package static func ofNames(_ first: String, _ second: String) -> Double? {
    let (first, second) = (first.folded, second.folded)
    guard !first.isEmpty, !second.isEmpty else { return nil }
    return max(jaroWinkler(first, second), jaroWinkler(sorted(first), sorted(second)))
  }

  /// How alike the names before the @ of two addresses are: `anna.smith1` and `anna.smith2` are very
  /// alike. What a mailbox ignores does not count (`EmailAddress.mailbox`).
  package static func ofAddresses(_ first: EmailAddress, _ second: EmailAddress) -> Double {
    jaroWinkler(local(first), local(second))
  }

  /// The likeness of Jaro with Winkler's weight for a common beginning: a tenth of what is missing
  /// for each of the first four characters (W. E. Winkler, String Comparator Metrics and Enhanced
  /// Decision Rules in the Fellegi-Sunter Model of Record Linkage, 1990). Of each text the first 64
  /// characters are compared. Two empty texts have nothing in common.
  package static func jaroWinkler(_ first: String, _ second: String) -> Double {
    let (a, b) = (Array(first.prefix(limit)), Array(second.prefix(limit)))
    guard !a.isEmpty, !b.isEmpty else { return 0 }
    if a == b { return 1 }
    let jaro = jaro(a, b)
    let beginning = zip(a, b).prefix(4).prefix { $0 == $1 }.count
    return jaro + Double(beginning) * 0.1 * (1 - jaro)
  }

  private static func jaro(_ a: [Character], _ b: [Character]) -> Double {
    // Equal characters match when they are no farther apart than half the longer text.
    let reach = max(0, max(a.count, b.count) / 2 - 1)
    var taken = Array(repeating: false, count: b.count)
    var matchesOfA: [Character] = []
    for (index, character) in a.enumerated() {
      let (start, end) = (max(0, index - reach), min(b.count, index + reach + 1))
      guard start < end,
        let match = (start..<end).first(where: { !taken[$0] && b[$0] == character })
      else { continue }
      taken[match] = true
      matchesOfA.append(character)
    }
    guard !matchesOfA.isEmpty else { return 0 }
    let matchesOfB = b.indices.filter { taken[$0] }.map { b[$0] }
    let transposed = Double(zip(matchesOfA, matchesOfB).count { $0 != $1 } / 2)
    let matches = Double(matchesOfA.count)
    return
      (matches / Double(a.count) + matches / Double(b.count)
      + (matches - transposed) / matches) / 3
  }

  private static func sorted(_ words: String) -> String {
    words.split(separator: " ").sorted().joined(separator: " ")
  }

  private static func local(_ address: EmailAddress) -> String {
    String(address.mailbox.prefix { $0 != "@" })
  }
}
