/// What one round of load brought.
struct LoadResult: Sendable {
  /// A round whose figure would not mean what it says.
  struct Spoilt: Error, CustomStringConvertible {
    let description: String
  }

  /// How often each answer came, from the first request to the last, the warm-up included.
  var answers: [LoadAnswer: Int] = [:]
  /// How often each came within the time that counts.
  var counted: [LoadAnswer: Int] = [:]
  /// How long that time was, in seconds.
  var seconds = 0.0
  /// How long the answers to what was planned within that time took.
  var latencies = Latencies()
  /// What was planned and found no free connection until the end.
  var unsent = 0
  /// What was sent and never answered.
  var unanswered = 0
  /// How many of the load's requests were sent, from its first place on.
  var sent = 0

  /// How many such answers came in a second.
  func rate(_ answer: LoadAnswer) -> Double {
    seconds > 0 ? Double(counted[answer] ?? 0) / seconds : 0
  }

  /// How many such answers came in all.
  func total(_ answer: LoadAnswer) -> Int { answers[answer] ?? 0 }

  /// Makes sure that every request was answered, and so.
  /// - Throws: `Spoilt`.
  func require(only expected: LoadAnswer, of what: String) throws(Spoilt) {
    let others = LoadAnswer.allCases.filter { $0 != expected && total($0) > 0 }
    guard others.isEmpty, unsent == 0, unanswered == 0 else {
      let list =
        others.map { "\(total($0)) \($0)" } + ["\(unsent) unsent", "\(unanswered) unanswered"]
      throw Spoilt(
        description:
          "\(what): \(total(expected)) \(expected), but also \(list.joined(separator: ", "))")
    }
    guard total(expected) > 0, seconds > 0 else {
      throw Spoilt(description: "\(what): no answer within the time that counts")
    }
  }
}
