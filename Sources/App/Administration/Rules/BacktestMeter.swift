import Glibc

/// Shows on standard error how far a backtest is, as a bar that stays on one line; nothing where
/// there is no terminal.
struct BacktestMeter {
  private static let width = 30

  private let isTerminal = isatty(STDERR_FILENO) == 1

  /// Shows where the run is.
  func show(_ done: Int, of total: Int) {
    guard isTerminal else { return }
    // Carriage return, the text, and what is left of the line is cleared.
    LineLogHandler.standardError("\r\(Self.text(done, of: total))\u{1B}[K")
  }

  /// Takes the bar away.
  func end() {
    if isTerminal { LineLogHandler.standardError("\r\u{1B}[K") }
  }

  /// Where the run is: a bar and numbers.
  static func text(_ done: Int, of total: Int) -> String {
    let full = total <= 0 ? width : width * min(done, total) / total
    return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: width - full)
      + "] \(done) of \(total) decisions"
  }
}
