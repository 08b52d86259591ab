import NIOConcurrencyHelpers
import NIOCore

/// The connections of one server. Each has its task from the moment it is accepted: NIO ends the
/// process when a connection that it has wrapped is dropped unserved.
final class LoopbackConnections: Sendable {
  private struct State {
    var tasks: [Task<Void, Never>] = []
    var isEnding = false
  }

  private let state = NIOLockedValueBox(State())

  /// How many connections came in so far.
  var count: Int { state.withLockedValue { $0.tasks.count } }

  /// Gives a connection to the test.
  func serve(
    _ channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>, by handler: @escaping LoopbackServer.Handler
  ) {
    let task = Task<Void, Never> {
      // A connection that the client breaks off is part of many tests, so no error here is one.
      _ = try? await channel.executeThenClose { inbound, outbound in
        try await handler(
          LoopbackConnection(iterator: inbound.makeAsyncIterator(), outbound: outbound))
      }
    }
    let isEnding = state.withLockedValue { state in
      state.tasks.append(task)
      return state.isEnding
    }
    if isEnding { task.cancel() }
  }

  /// Cancels the handlers and waits for them.
  func end() async {
    let tasks = state.withLockedValue { state in
      state.isEnding = true
      return state.tasks
    }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
  }
}
