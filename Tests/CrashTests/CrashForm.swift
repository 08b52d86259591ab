import FoundationEssentials

/// How much of each fault there is: a short form in every test run, and the long one when
/// `CRASH=long` is set, as `make crash-test` does.
enum CrashForm {
  /// Whether the long form runs.
  static let isLong = ProcessInfo.processInfo.environment["CRASH"] == "long"

  /// The value for the form that runs.
  static func pick<Value>(short: Value, long: Value) -> Value { isLong ? long : short }
}
