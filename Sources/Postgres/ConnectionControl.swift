import CPostgres
import Glibc
import NIOConcurrencyHelpers
import NIOPosix

/// The side of a connection that other threads may touch while its own thread is inside a
/// statement: they ask it to cancel or to stop, and see whether it can be leased again.
///
/// The connection's thread waits for the socket and for `descriptor`; every request here makes
/// `descriptor` readable.
@safe final class ConnectionControl: Sendable {
  private struct State {
    /// Counts statements, so that a late request cannot hit the next one.
    var ticket = 0
    /// Whether the statement of that ticket is under way.
    var isRunning = false
    /// Whether that statement was asked to be cancelled.
    var isCancelled = false
    /// Whether a cancel request is on its way to the server.
    var isSendingCancel = false
    /// Whether the connection was told to stop whatever it does.
    var isAborted = false
    /// The socket, while it is open.
    var socket: Int32?
    /// Whether the session is outside any transaction.
    var isIdle = true
  }

  /// PQcancel blocks until the server has answered, and a stopped server never does. One thread
  /// for all of them keeps that away from every other thread; a request that finds it busy comes
  /// too late, and the statement's own deadline ends the wait.
  private static let canceller: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: 1)
    pool.start()
    return pool
  }()

  private let state = NIOLockedValueBox(State())
  /// An event counter; readable after a request. -1 when the process has no descriptors left.
  let descriptor = event_descriptor()

  deinit { if descriptor >= 0 { close(descriptor) } }

  // MARK: For the connection's own thread

  /// The socket is open.
  func opened(socket: Int32) { state.withLockedValue { $0.socket = socket } }

  /// The socket is about to be closed, for good.
  func closed() { state.withLockedValue { $0.socket = nil } }

  /// A statement starts; the number is for `cancel`.
  func begin() -> Int {
    state.withLockedValue { state in
      state.ticket += 1
      state.isRunning = true
      state.isCancelled = false
      return state.ticket
    }
  }

  /// The statement is over; `isIdle` tells whether no transaction is open.
  func end(isIdle: Bool) {
    state.withLockedValue { state in
      state.isRunning = false
      state.isIdle = isIdle
    }
  }

  /// Whether the statement under way was asked to be cancelled.
  var isCancelled: Bool { state.withLockedValue { $0.isCancelled } }
  /// Whether a cancel request is on its way to the server.
  var isSendingCancel: Bool { state.withLockedValue { $0.isSendingCancel } }
  /// Whether the connection was told to stop.
  var isAborted: Bool { state.withLockedValue { $0.isAborted } }

  /// Has the server told to cancel the statement under way, unless that is being done already.
  func sendCancel(_ handle: CancelHandle) {
    let mayStart = state.withLockedValue { state in
      if state.isSendingCancel { return false }
      state.isSendingCancel = true
      return true
    }
    guard mayStart else { return }
    Self.canceller.submit { [self] _ in
      // While this is marked as under way the connection starts no other statement, so the
      // request can only hit the one it is meant for, or, where that gave up, a closed session.
      if state.withLockedValue({ $0.socket != nil }) { handle.send() }
      state.withLockedValue { $0.isSendingCancel = false }
      wake()
    }
  }

  /// Makes `descriptor` unreadable again.
  func drain() {
    var count: UInt64 = 0
    _ = unsafe read(descriptor, &count, 8)
  }

  // MARK: For any thread

  /// Asks for the statement of this ticket to be cancelled; does nothing when it is over.
  func cancel(ticket: Int) {
    let isWanted = state.withLockedValue { state in
      guard state.isRunning, state.ticket == ticket else { return false }
      state.isCancelled = true
      return true
    }
    if isWanted { wake() }
  }

  /// Tells the connection to stop waiting and to close.
  func abort() {
    state.withLockedValue { $0.isAborted = true }
    wake()
  }

  /// Whether the session is open, outside any transaction and without a statement under way.
  var isReusable: Bool {
    state.withLockedValue { $0.socket != nil && $0.isIdle && !$0.isRunning && !$0.isAborted }
  }

  /// Whether an idle session has something to read: an announcement, or its end.
  var hasPendingInput: Bool {
    state.withLockedValue { state in
      guard let socket = state.socket else { return true }
      var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      return unsafe poll(&entry, 1, 0) != 0
    }
  }

  private func wake() {
    var one: UInt64 = 1
    _ = unsafe write(descriptor, &one, 8)
  }
}

/// What libpq needs to cancel a statement from another thread.
@safe final class CancelHandle: @unchecked Sendable {
  private let pointer: OpaquePointer

  /// Takes over a handle.
  init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

  deinit { unsafe PQfreeCancel(pointer) }

  /// Sends the request and waits until the server has taken it. A failure shows itself as the
  /// statement not ending, which its deadline covers.
  func send() {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      _ = unsafe PQcancel(pointer, buffer.baseAddress, 256)
    }
  }
}
