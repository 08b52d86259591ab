/// A file of rules, or what the environment sets beside it, is at fault: exit status 1.
struct TermsError: Error, CustomStringConvertible {
  /// Each fault, and then how many there are.
  let description: String

  /// The faults of a reading of the file of this name; `nil` where there is none.
  init(_ reading: TermsSource.Reading, name: String?) {
    description = (reading.faults + [Self.sum(reading, name: name)]).joined(separator: "\n")
  }

  /// How many faults there are, and where.
  static func sum(_ reading: TermsSource.Reading, name: String?) -> String {
    [
      (name ?? "the file", reading.fileFaults.count),
      ("the environment", reading.environmentFaults.count),
    ]
    .filter { $0.1 > 0 }
    .map { "\($0.0) has \($0.1) fault\($0.1 == 1 ? "" : "s")" }
    .joined(separator: ", ")
  }
}
