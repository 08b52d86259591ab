import NIOConcurrencyHelpers
import ServiceLifecycle
import UnixSignals

/// SIGTERM and SIGINT from the start of the program to its end, caught in one place so that there
/// is no moment between two handlers in which one is lost.
///
/// While the program starts, a signal cancels it. Once the services run, it ends this service, and
/// with it the others.
struct StopSignals: Service {
  private struct Interrupted: Error {}

  private let areServicesRunning = NIOLockedValueBox(false)
  private let stop = AsyncStream.makeStream(of: Void.self)

  /// From here on a signal ends `run` instead of cancelling the start.
  func servicesRun() {
    areServicesRunning.withLockedValue { $0 = true }
  }

  /// Waits for a signal, beside the other services.
  func run() async {
    for await _ in stop.stream.cancelOnGracefulShutdown() { return }
  }

  /// Runs `body`; a signal before `servicesRun` cancels it, so that it can clean up, and ends this
  /// without an error.
  func handling(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    do {
      try await withThrowingTaskGroup { group in
        group.addTask { try await body() }
        group.addTask {
          for await _ in signals {
            guard areServicesRunning.withLockedValue({ $0 }) else { throw Interrupted() }
            stop.continuation.yield()
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
