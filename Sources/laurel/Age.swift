import ArgumentParser
import Rules

/// A length of time as it is typed, such as 3d, 12h, 30m or 90s.
struct Age: ExpressibleByArgument {
  /// In seconds.
  let seconds: Int

  /// So many days.
  init(days: Int) {
    seconds = days * 86_400
  }

  init?(argument: String) {
    guard let unit = argument.last.flatMap({ ConditionLexer.seconds(of: String($0)) }),
      let number = Int(argument.dropLast()), (0...36_500).contains(number)
    else { return nil }
    seconds = number * Int(unit)
  }
}
