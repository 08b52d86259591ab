/// How long to wait before the next attempt: full jitter, so that many waiting workers do not
/// come back at the same moment.
package struct RetryPolicy: Sendable {
  /// The upper bound of the first wait.
  package let base: Duration
  /// No wait is longer than this.
  package let cap: Duration

  /// `base` doubles with every attempt until it reaches `cap`.
  package init(base: Duration, cap: Duration) {
    self.base = base
    self.cap = cap
  }

  /// A random wait between nothing and the bound of this attempt; `attempt` counts from 1.
  package func wait(
    beforeAttempt attempt: Int, using generator: inout some RandomNumberGenerator
  ) -> Duration {
    bound(attempt) * Double.random(in: 0...1, using: &generator)
  }

  /// As above, with the system's generator.
  package func wait(beforeAttempt attempt: Int) -> Duration {
    var generator = SystemRandomNumberGenerator()
    return wait(beforeAttempt: attempt, using: &generator)
  }

  /// A random wait between half of the bound of this attempt and the bound, where a number of attempts
  /// has to last for some time.
  package func steadyWait(beforeAttempt attempt: Int) -> Duration {
    bound(attempt) * Double.random(in: 0.5...1)
  }

  /// The longest wait before this attempt.
  package func bound(_ attempt: Int) -> Duration {
    var bound = base
    for _ in 1..<max(1, min(attempt, 64)) where bound < cap { bound = bound * 2 }
    return min(bound, cap)
  }
}
