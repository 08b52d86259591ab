import NIOConcurrencyHelpers
import UnixSignals

/// SIGTERM and SIGINT while the program starts. Once the services run, they listen themselves.
struct StartSignals: Sendable {
  private struct Interrupted: Error {}

  private let areServicesRunning = NIOLockedValueBox(false)

  /// From here on the services handle the signals.
  func servicesRun() {
    areServicesRunning.withLockedValue { $0 = true }
  }

  /// Runs `body`; a signal before `servicesRun` cancels it, so that it can clean up, and ends this
  /// without an error.
  func cancelling(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    do {
      try await withThrowingTaskGroup { group in
        group.addTask { try await body() }
        group.addTask {
          for await _ in signals where !areServicesRunning.withLockedValue({ $0 }) {
            throw Interrupted()
          }
          // Only a cancellation ends the sequence: the body is done.
        }
        do {
          try await group.next()
        } catch {
          group.cancelAll()
          try? await group.waitForAll()
          throw error
        }
        group.cancelAll()
      }
    } catch is Interrupted {}
  }
}
