import App
import ArgumentParser
import FoundationEssentials
import Rules

/// The rules of a file.
enum BenchmarkedRules {
  /// Reads them as the service would, without what the environment sets.
  static func read(_ path: String) throws -> RuleSet {
    let reading = TermsSource(
      file: path,
      environment: ["REFERRAL_REWARD_AMOUNT": "10", "REFERRAL_REWARD_CURRENCY": "USD"]
    ).read()
    guard let book = reading.book else {
      throw ValidationError(reading.faults.joined(separator: "\n"))
    }
    return book.standard.rules
  }
}
