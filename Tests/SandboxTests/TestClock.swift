import FoundationEssentials
import NIOConcurrencyHelpers

/// A clock that stands still until it is moved.
final class TestClock: Sendable {
  private let box: NIOLockedValueBox<Date>

  /// A clock that shows this instant.
  init(_ start: Date) { box = NIOLockedValueBox(start) }

  /// The instant that it shows.
  var now: Date { box.withLockedValue { $0 } }

  /// Moves it forward.
  func advance(by seconds: Double) { box.withLockedValue { $0 += seconds } }
}
