/// How Laurel looks for orders of which no delivery told.
package struct PollSettings: Sendable {
  /// How long after the beginning of one run the next begins; `nil` for never.
  package var interval: Duration? = .seconds(300)
  /// How far back the first run of all looks at most. It never looks behind the moment at which the
  /// store was connected: an order from before the programme earns nothing.
  package var lookback: Duration = .seconds(24 * 3600)

  /// The pace for a shop.
  package init() {}
}
