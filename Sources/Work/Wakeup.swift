import NIOConcurrencyHelpers

/// Wakes a stage that waits for work, within one process.
///
/// A signal is a hint that saves waiting; stages look by themselves at intervals too, because work
/// can come from another process.
package final class Wakeup: Sendable {
  private struct State {
    var isSignalled = false
    var sleeper: CheckedContinuation<Void, Never>?
  }

  private let state = NIOLockedValueBox(State())

  /// Nothing is signalled at first.
  package init() {}

  /// Ends the present wait, or the next one when nobody waits now.
  package func signal() {
    let sleeper = state.withLockedValue { state in
      defer { state.sleeper = nil }
      state.isSignalled = state.sleeper == nil
      return state.sleeper
    }
    sleeper?.resume()
  }

  /// Waits for a signal, for `limit`, or for the task's cancellation. One task may wait at a time.
  package func wait(atMost limit: Duration) async {
    await withTaskCancellationHandler {
      await withTaskGroup { group in
        group.addTask {
          try? await Task.sleep(for: limit)
          self.signal()
        }
        await sleep()
        group.cancelAll()
      }
    } onCancel: {
      signal()
    }
    state.withLockedValue { $0.isSignalled = false }
  }

  private func sleep() async {
    await withCheckedContinuation { sleeper in
      let isSignalled = state.withLockedValue { state in
        if state.isSignalled { return true }
        state.sleeper = sleeper
        return false
      }
      if isSignalled { sleeper.resume() }
    }
  }
}
