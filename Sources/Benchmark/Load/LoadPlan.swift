/// What one round of load is to be.
struct LoadPlan: Sendable {
  /// When requests are sent.
  enum Pace: Sendable {
    /// Each connection sends the next one as soon as the last is answered: the peak.
    case closed
    /// So many a second, evenly, whatever the answers do. One that finds no free connection waits,
    /// and its latency counts from when it was planned.
    case fixed(perSecond: Double)
  }

  /// The port on 127.0.0.1.
  var port: Int
  /// How many connections there are, kept for the whole round.
  var connections = 256
  /// When requests are sent.
  var pace = Pace.closed
  /// How long the load lasts before anything counts.
  var warmUp: Duration = .seconds(1)
  /// How long it lasts then.
  var duration: Duration
  /// How long what was begun may take to be answered after that.
  var drain: Duration = .seconds(15)
  /// How many of the load's requests are sent again and again; `nil`: each is sent once, and the
  /// round ends early when there are no more.
  var repeated: Int?
}
