import CPostgres
import Glibc

/// libpq's connection, owned by one thread. Nothing here waits past its deadline: the socket is in
/// non-blocking mode, so neither a server that stops reading nor one that stops writing can hold
/// the thread.
@safe struct LibpqConnection: ~Copyable {
  private let pointer: OpaquePointer
  private let control: ConnectionControl
  private let cancelHandle: CancelHandle
  private let socket: Int32

  /// How long after a cancel request the next one follows: the server forgets a request that
  /// arrives before it has begun the statement.
  private static var cancelInterval: Duration { .milliseconds(200) }

  /// Connects, blocking for at most the configured time. Throws `connectionFailed`.
  init(
    _ configuration: PostgresConfiguration, control: ConnectionControl
  ) throws(PostgresError) {
    let parameters = try configuration.parameters()
    let opened = unsafe Self.withCStrings(parameters.map(\.keyword)) { keywords in
      unsafe Self.withCStrings(parameters.map(\.value)) { values in
        unsafe PQconnectdbParams(keywords, values, 1)
      }
    }
    guard let pointer = unsafe opened else {
      throw PostgresError(.connectionFailed, "there is no memory for a connection")
    }
    guard unsafe PQstatus(pointer) == CONNECTION_OK else {
      let error = unsafe Self.connectError(pointer)
      unsafe PQfinish(pointer)
      throw error
    }
    unsafe PQsetNoticeProcessor(pointer, { _, _ in }, nil)
    guard control.descriptor >= 0, unsafe PQsetnonblocking(pointer, 1) == 0,
      let cancelPointer = unsafe PQgetCancel(pointer)
    else {
      unsafe PQfinish(pointer)
      throw PostgresError(.connectionFailed, "the process is short of descriptors or memory")
    }
    unsafe self.pointer = pointer
    self.control = control
    unsafe cancelHandle = CancelHandle(owning: cancelPointer)
    socket = unsafe PQsocket(pointer)
    control.opened(socket: socket)
  }

  deinit {
    // In this order: nobody polls a descriptor that may already belong to something else.
    control.closed()
    unsafe PQfinish(pointer)
  }

  /// Whether the session is outside any transaction.
  var isIdle: Bool { unsafe PQtransactionStatus(pointer) == PQTRANS_IDLE }
  /// Whether the transaction has failed and can only be rolled back.
  var isFailedTransaction: Bool { unsafe PQtransactionStatus(pointer) == PQTRANS_INERROR }

  /// Whether the connection still stands, as far as has been heard. Does not wait. A server that
  /// ends a session first says why, so everything has to be read to find the end.
  func isAlive() -> Bool {
    while control.hasPendingInput {
      guard unsafe PQconsumeInput(pointer) == 1 else { return false }
    }
    return unsafe PQstatus(pointer) == CONNECTION_OK
  }

  // MARK: Sending

  /// Sends text without values, which may hold several statements.
  func send(text: String) throws(PostgresError) {
    guard !text.utf8.contains(0) else {
      throw PostgresError(.encoding, "a statement contains U+0000")
    }
    try check(unsafe PQsendQuery(pointer, text))
  }

  /// Has a statement parsed under a name.
  func sendPrepare(_ query: Query, name: String) throws(PostgresError) {
    let types = query.binds.map(\.type.rawValue)
    try check(unsafe PQsendPrepare(pointer, name, query.sql, Int32(types.count), types))
  }

  /// Has the statement of this name executed with the query's values; the answer is to be binary.
  func sendExecute(_ query: Query, name: String) throws(PostgresError) {
    let binds = query.binds
    let lengths = binds.map { Int32($0.length ?? 0) }
    let formats = [Int32](repeating: 1, count: binds.count)
    let sent = unsafe query.bytes.withUnsafeBytes { buffer in
      // An empty buffer may have no address, but an address is what tells "empty" from NULL.
      let empty = UInt8(0)
      return unsafe withUnsafeBytes(of: empty) { emptyBuffer in
        let values = unsafe binds.map { bind -> UnsafePointer<CChar>? in
          guard bind.length != nil else { return nil }
          let start = unsafe buffer.baseAddress ?? emptyBuffer.baseAddress
          return unsafe start.map { unsafe ($0 + bind.offset).assumingMemoryBound(to: CChar.self) }
        }
        return unsafe PQsendQueryPrepared(
          pointer, name, Int32(binds.count), values, lengths, formats, 1)
      }
    }
    try check(sent)
  }

  // MARK: Receiving

  /// Waits for the answer to what was sent; of several, the first error or else the last.
  ///
  /// Throws `connectionLost` when the connection breaks or `deadline` passes, and `closed` when
  /// it is aborted; the connection can then only be dropped. A cancelled statement is an answer like
  /// any other, with an error in it. After a cancel request the server has `grace` to answer.
  func receive(
    until deadline: ContinuousClock.Instant, grace: Duration
  ) throws(PostgresError) -> ResultSet {
    var patience = Patience(deadline: deadline, grace: grace)
    var answer: ResultSet?
    var failure: PostgresError?
    while true {
      do throws(PostgresError) {
        try awaitInput(&patience)
      } catch {
        // A server that ends the session says why before it hangs up.
        throw failure?.with(code: error.code) ?? error
      }
      guard let next = unsafe PQgetResult(pointer) else { break }
      let result = unsafe ResultSet(owning: next)
      switch result.status {
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
        throw PostgresError(.protocolViolation, "COPY is not supported")
      default: break
      }
      if failure == nil {
        failure = result.error
        answer = consume result
      }
    }
    try settleCancel(until: patience.deadline)
    guard unsafe PQstatus(pointer) == CONNECTION_OK, let answer = consume answer else {
      throw failure?.with(code: .connectionLost) ?? lost
    }
    return answer
  }

  /// How long an answer is waited for.
  private struct Patience {
    var deadline: ContinuousClock.Instant
    let grace: Duration
    /// When to ask the server again to cancel; nil before the first time.
    var nextCancel: ContinuousClock.Instant?
  }

  /// Waits until the next result can be fetched without blocking.
  private func awaitInput(_ patience: inout Patience) throws(PostgresError) {
    while true {
      let unsent = unsafe PQflush(pointer)
      guard unsent >= 0 else { throw lost }
      if unsent == 0, unsafe PQisBusy(pointer) == 0 { return }

      let now = ContinuousClock.now
      guard now < patience.deadline else {
        throw PostgresError(.connectionLost, "the server did not answer in time")
      }
      if control.isAborted { throw PostgresError(.closed, "the connection was closed") }
      // A request that arrives before the statement would be lost, so the statement goes first.
      if control.isCancelled, patience.nextCancel == nil {
        patience.deadline = min(patience.deadline, now + patience.grace)
      }
      if unsent == 0, control.isCancelled, now >= patience.nextCancel ?? now {
        control.sendCancel(cancelHandle)
        patience.nextCancel = now + Self.cancelInterval
      }
      let isReadable = wait(
        until: min(patience.deadline, patience.nextCancel ?? patience.deadline),
        socketEvents: unsent == 0 ? POLLIN : POLLIN | POLLOUT)
      if isReadable, unsafe PQconsumeInput(pointer) == 0 {
        // What the server said before it hung up is still to be fetched.
        if unsafe PQisBusy(pointer) == 0 { return }
        throw lost
      }
    }
  }

  /// Waits until no cancel request is on its way, because it could hit the next statement.
  private func settleCancel(until deadline: ContinuousClock.Instant) throws(PostgresError) {
    while control.isSendingCancel {
      guard ContinuousClock.now < deadline else { throw lost }
      if control.isAborted { throw PostgresError(.closed, "the connection was closed") }
      _ = wait(until: deadline, socketEvents: nil)
    }
  }

  /// Sleeps until the socket or the control has news, or until the time. True when the socket has.
  private func wait(until time: ContinuousClock.Instant, socketEvents: Int32?) -> Bool {
    let remaining = max(Duration.zero, time - .now).milliseconds
    var entries = (
      pollfd(fd: control.descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: socket, events: Int16(socketEvents ?? 0), revents: 0)
    )
    let count = socketEvents == nil ? 1 : 2
    // An interruption by a signal counts as a wait that ended early: the caller looks again.
    _ = unsafe withUnsafeMutableBytes(of: &entries) { buffer in
      unsafe poll(
        buffer.baseAddress?.assumingMemoryBound(to: pollfd.self), nfds_t(count),
        Int32(clamping: remaining))
    }
    if entries.0.revents != 0 { control.drain() }
    return entries.1.revents & ~Int16(POLLOUT) != 0
  }

  // MARK: Helpers

  private var lost: PostgresError {
    PostgresError(.connectionLost, "the connection to the server was lost")
  }

  private func check(_ sent: Int32) throws(PostgresError) {
    guard sent == 1 else { throw lost }
  }

  /// libpq's words for a failed connection; replaced when they happen to hold the password.
  private static func connectError(_ pointer: OpaquePointer) -> PostgresError {
    let message = unsafe PQerrorMessage(pointer).map { unsafe String(cString: $0) } ?? ""
    let password = unsafe PQpass(pointer).map { unsafe String(cString: $0) } ?? ""
    if message.isEmpty || (!password.isEmpty && message.contains(password)) {
      return PostgresError(.connectionFailed, "no connection to the server could be made")
    }
    let lines = message.split(whereSeparator: \.isNewline).map(String.init)
    return PostgresError(.connectionFailed, lines.joined(separator: " "))
  }

  /// Lends texts as the null-terminated array of C strings that libpq takes.
  private static func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
  ) -> Result {
    var bytes: [CChar] = []
    var offsets: [Int] = []
    for text in texts {
      offsets.append(bytes.count)
      bytes.append(contentsOf: text.utf8.lazy.map(CChar.init(bitPattern:)))
      bytes.append(0)
    }
    return unsafe bytes.withUnsafeBufferPointer { buffer in
      var pointers = unsafe offsets.map { offset in
        unsafe buffer.baseAddress.map { base in unsafe base + offset }
      }
      unsafe pointers.append(nil)
      return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
    }
  }
}
