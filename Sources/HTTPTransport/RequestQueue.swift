import NIOConcurrencyHelpers

/// What callers leave for the loop, under one lock. It bounds the number of requests under way,
/// and so its own length: at most one start and one cancellation for each.
final class RequestQueue: Sendable {
  /// How a request ends.
  typealias Outcome = Result<HTTPResponse, HTTPTransportError>

  /// A request to be put under way.
  struct Start: Sendable {
    /// Names the request between caller and loop; never zero.
    let number: UInt
    /// What to send; already checked.
    let request: HTTPRequest
    /// Who waits. Resumed exactly once, by the loop or by the refusal.
    let continuation: CheckedContinuation<Outcome, Never>
  }

  /// What the loop finds when it looks.
  struct Batch {
    /// Requests to be started.
    var starts: [Start] = []
    /// Requests whose tasks were cancelled.
    var cancellations: [UInt] = []
    /// Whether everything is to be ended.
    var isClosed = false
  }

  private struct State {
    var batch = Batch()
    var underWay: Set<UInt> = []
    var lastNumber: UInt = 0
    var waker: Waker?
    var isFinished = false
    var finishWaiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state: NIOLockedValueBox<State>
  private let maximumInFlight: Int

  /// An open, empty queue that wakes the loop through `waker`.
  init(maximumInFlight: Int, waker: Waker) {
    self.maximumInFlight = maximumInFlight
    state = NIOLockedValueBox(State(waker: waker))
  }

  /// A number for the next request.
  func nextNumber() -> UInt {
    state.withLockedValue { state in
      state.lastNumber += 1
      return state.lastNumber
    }
  }

  /// Leaves a request for the loop, or refuses it at once. Called by the task that waits.
  func put(_ start: Start) {
    let refusal: HTTPTransportError? = state.withLockedValue { state in
      if state.batch.isClosed { return .refused(.closed, "the transport is shut down") }
      // Looked at under the lock: a cancellation after this finds the number under way.
      if Task.isCancelled { return .refused(.cancelled, "the task was cancelled") }
      guard state.underWay.count < maximumInFlight else {
        return .refused(.overloaded, "\(maximumInFlight) requests are under way")
      }
      state.underWay.insert(start.number)
      state.batch.starts.append(start)
      state.waker?.wake()
      return nil
    }
    if let refusal { start.continuation.resume(returning: .failure(refusal)) }
  }

  /// Asks the loop to give up a request. One that is not under way is left alone.
  func cancel(_ number: UInt) {
    state.withLockedValue { state in
      guard state.underWay.contains(number) else { return }
      state.batch.cancellations.append(number)
      state.waker?.wake()
    }
  }

  /// Refuses everything from now on and asks the loop to end.
  func close() {
    state.withLockedValue { state in
      state.batch.isClosed = true
      state.waker?.wake()
    }
  }

  /// Everything new since the last time. For the loop.
  func take() -> Batch {
    state.withLockedValue { state in
      defer { state.batch = Batch(isClosed: state.batch.isClosed) }
      return state.batch
    }
  }

  /// Makes room for another request. For the loop, before it answers the caller.
  func settle(_ number: UInt) {
    state.withLockedValue { state in
      _ = state.underWay.remove(number)
    }
  }

  /// The multi handle is about to end: nobody may wake it any more.
  func dropWaker() {
    state.withLockedValue { $0.waker = nil }
  }

  /// The loop has ended and its handles are gone.
  func markFinished() {
    let waiters = state.withLockedValue { state in
      state.isFinished = true
      defer { state.finishWaiters = [] }
      return state.finishWaiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Waits for the end of the loop. The loop ends promptly once the queue is closed: none of its
  /// steps waits for a peer.
  func waitUntilFinished() async {
    await withCheckedContinuation { continuation in
      let isFinished = state.withLockedValue { state in
        if !state.isFinished { state.finishWaiters.append(continuation) }
        return state.isFinished
      }
      if isFinished { continuation.resume() }
    }
  }
}
