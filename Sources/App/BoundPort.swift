import NIOConcurrencyHelpers

/// The port on which the service listens, for those who wait for it.
package final class BoundPort: Sendable {
  private let port = NIOLockedValueBox<Int?>(nil)

  /// Not bound yet.
  package init() {}

  /// Told by the server once it listens.
  func set(_ number: Int) {
    port.withLockedValue { $0 = number }
  }

  /// Waits until the service listens; `nil` when it does not within `limit`.
  package func value(within limit: Duration = .seconds(30)) async -> Int? {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline, !Task.isCancelled {
      if let number = port.withLockedValue({ $0 }) { return number }
      try? await Task.sleep(for: .milliseconds(10))
    }
    return nil
  }
}
