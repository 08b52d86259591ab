/// Finds what somebody meant who wrote a name that there is not.
package enum NearestName {
  /// The end of a sentence about a name that there is not: "; did you mean `x`?", or a full stop
  /// when nothing is near.
  package static func ending(for name: String, among names: [String]) -> String {
    guard let nearest = nearest(to: name, among: names) else { return "." }
    return "; did you mean `\(nearest)`?"
  }

  /// The name that takes the fewest changes of a letter to reach, at most a third of its letters;
  /// of several, the first by the alphabet. `nil` when there is none.
  package static func nearest(to name: String, among names: [String]) -> String? {
    let typed = Array(name.lowercased().utf8.prefix(100))
    return names.map { (name: $0, changes: changes(from: typed, to: Array($0.utf8))) }
      .filter { $0.changes <= max(1, $0.name.utf8.count / 3) }
      .min { ($0.changes, $0.name) < ($1.changes, $1.name) }?.name
  }

  /// How many letters have to be put in, taken out or replaced (Levenshtein 1966).
  private static func changes(from left: [UInt8], to right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (index, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for place in right.indices {
        let replaced = diagonal + (letter == right[place] ? 0 : 1)
        diagonal = row[place + 1]
        row[place + 1] = min(replaced, row[place] + 1, row[place + 1] + 1)
      }
    }
    return row[right.count]
  }
}
