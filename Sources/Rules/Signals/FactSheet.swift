/// The facts of one order as the rules see them: a value for each signal that is known. What is
/// missing is unknown, and counts neither for nor against anybody.
///
/// A sheet is kept with its decision, so that the decision can be explained and played again.
package struct FactSheet: Sendable, Equatable {
  private var values: [SignalValue?]
  /// The signals whose value is of another type than theirs: no rule can be asked about them.
  package private(set) var misfits: Set<Signal> = []

  /// A sheet on which nothing is known.
  package init() {
    values = Array(repeating: nil, count: Signal.allCases.count)
  }

  /// What is known of a signal; `nil` for unknown.
  package subscript(signal: Signal) -> SignalValue? {
    get { values[signal.rawValue] }
    set {
      values[signal.rawValue] = newValue
      if let newValue, !newValue.fits(signal.type) {
        misfits.insert(signal)
      } else if !misfits.isEmpty {
        misfits.remove(signal)
      }
    }
  }
}
