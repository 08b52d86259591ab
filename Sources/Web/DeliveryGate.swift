import HTTPTypes
package import Logging
package import Monitoring
import NIOConcurrencyHelpers
import NIOCore

/// Bounds how many deliveries one process has under way, so that what is too much is refused before
/// anything is done for it. All the time is left for the others then, none of which waits long.
///
/// A delivery has a place from the moment at which its whole body has come until it is answered, so
/// that whoever sends slowly keeps nobody out. A delivery that comes while every place is taken is
/// refused as soon as its header is read; of those whose body is still on its way then, each takes a
/// place in the end, beyond the bound if need be. How many these are the listener bounds.
package final class DeliveryGate: Sendable {
  /// How many places a process has: more than keep the database busy, as many commits go together,
  /// and still few enough that at 300 deliveries a second none waits longer than about a second. The
  /// store gives up after 18 s (FACTS §3).
  package static let places = 320

  /// How often the log tells that deliveries are refused.
  private static let interval: Duration = .seconds(10)

  private struct State {
    var taken = 0
    /// Refused since the log has told of it, and when that was.
    var untold = 0
    var toldAt: ContinuousClock.Instant?
  }

  /// The answer to a delivery for which there is no place.
  let refusal: (head: HTTPResponse, body: ByteBuffer)

  private let places: Int
  private let metrics: Metrics
  private let log: Logger
  private let state = NIOLockedValueBox(State())

  /// A gate with this many places; what it refuses is counted in `metrics`.
  /// - Throws: `EncodingError`.
  package init(places: Int = DeliveryGate.places, metrics: Metrics, log: Logger) throws {
    self.places = places
    self.metrics = metrics
    self.log = log
    refusal = try Problem.overloaded.message()
  }

  /// Whether every place is taken.
  var isFull: Bool { state.withLockedValue { $0.taken >= places } }

  /// Takes a place for a delivery that has come as a whole; `leave` gives it back.
  func enter() {
    state.withLockedValue { $0.taken += 1 }
  }

  /// Gives a place back.
  func leave() {
    state.withLockedValue { $0.taken -= 1 }
  }

  /// Counts a delivery that is refused. The log tells of the first one, and at most every ten seconds
  /// how many there have been since.
  func refuse() {
    metrics.deliveries.add("none", "overloaded")
    let now = ContinuousClock.now
    let count = state.withLockedValue { state -> Int? in
      state.untold += 1
      if let toldAt = state.toldAt, now - toldAt < Self.interval { return nil }
      defer { state.untold = 0 }
      state.toldAt = now
      return state.untold
    }
    guard let count else { return }
    log.warning(
      "deliveries refused: more come than are taken in",
      metadata: ["count": "\(count)", "places": "\(places)"])
  }
}
