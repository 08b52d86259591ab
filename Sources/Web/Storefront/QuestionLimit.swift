package import Monitoring

/// How often codes can be asked about: by each client, so that nobody guesses them, and by all
/// together, so that no crowd of clients keeps the database from its work.
package struct QuestionLimit: Sendable {
  /// What may be done with a question.
  enum Verdict: Equatable {
    /// Answer it.
    case admitted
    /// The client has asked too much; for how many seconds he is to wait.
    case clientLimited(Int)
    /// All together have.
    case allLimited
  }

  /// The settings.
  package struct Settings: Sendable, Equatable {
    /// How many questions a client may ask a minute.
    package var perMinute: Int
    /// How many all may ask a second.
    package var perSecond: Int

    /// Puts settings together; both are 1 or more.
    package init(perMinute: Int, perSecond: Int) {
      self.perMinute = perMinute
      self.perSecond = perSecond
    }
  }

  private let metrics: Metrics
  private let clients: RateLimiter<[UInt8]>
  private let all: RateLimiter<Int>

  /// Counts what it holds back in `metrics`.
  package init(_ settings: Settings, metrics: Metrics) {
    self.metrics = metrics
    clients = RateLimiter(settings.perMinute, each: .seconds(60))
    all = RateLimiter(settings.perSecond, each: .seconds(1))
  }

  /// Counts a question of the client at `address`. Those without an address are one client.
  func ask(_ address: ClientAddress?) -> Verdict {
    if let wait = clients.delay(address?.limitedPart ?? []) {
      metrics.limited.add("address")
      return .clientLimited(wait.wholeSeconds)
    }
    guard all.delay(0) == nil else {
      metrics.limited.add("all")
      return .allLimited
    }
    return .admitted
  }
}

extension Duration {
  /// For a header Retry-After: whole seconds, rounded up, 1 or more.
  var wholeSeconds: Int {
    max(1, Int(components.seconds) + (components.attoseconds > 0 ? 1 : 0))
  }
}
