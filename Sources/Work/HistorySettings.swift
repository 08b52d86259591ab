package import Domain

/// How the past orders of a store are read.
package struct HistorySettings: Sendable {
  /// Whether they are read at all.
  package var isRead = true
  /// How long to wait between two pages, so that the store has its breath.
  package var pause: Duration = .milliseconds(250)
  /// The waits after runs that failed.
  package var retry = RetryPolicy(base: .seconds(1), cap: .seconds(120))
  /// After how many pages a line of the log tells how far it has come.
  package var pagesPerLine = 50

  /// The pace for a shop: a million orders, which are 10,000 pages, take one to two hours.
  package init() {}
}
