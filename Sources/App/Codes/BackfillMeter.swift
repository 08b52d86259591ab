import Glibc
import NIOConcurrencyHelpers

/// Shows on standard error how far a backfill is: on a terminal as a bar that stays on one line,
/// elsewhere as a line now and then.
package final class BackfillMeter: Sendable {
  /// How long there is no further line where there is no terminal.
  private static let interval = Duration.seconds(1)

  private let isTerminal: Bool
  private let last = NIOLockedValueBox<ContinuousClock.Instant?>(nil)

  /// A meter for this process's standard error.
  package init() {
    isTerminal = isatty(STDERR_FILENO) == 1
  }

  /// Shows where the run is.
  package func show(_ progress: Backfill.Progress) {
    if isTerminal {
      // Carriage return, the text, and what is left of the line is cleared.
      LineLogHandler.standardError("\r\(Self.bar(progress)) \(Self.text(progress))\u{1B}[K")
      return
    }
    let isDue = last.withLockedValue { last in
      let now = ContinuousClock.now
      if let last, now - last < Self.interval { return false }
      last = now
      return true
    }
    if isDue { LineLogHandler.standardError(Self.text(progress) + "\n") }
  }

  /// Leaves the bar's line.
  package func end() {
    if isTerminal { LineLogHandler.standardError("\n") }
  }

  /// Where the run is, in words.
  static func text(_ progress: Backfill.Progress) -> String {
    "\(progress.seen) of \(max(progress.seen, progress.total)) customers, "
      + "\(progress.issued) new codes"
  }

  /// Where the run is, as a bar of 30 characters.
  static func bar(_ progress: Backfill.Progress) -> String {
    let width = 30
    let total = max(progress.seen, progress.total)
    let full = total == 0 ? width : width * progress.seen / total
    return "[" + String(repeating: "#", count: full)
      + String(repeating: ".", count: width - full) + "]"
  }
}
