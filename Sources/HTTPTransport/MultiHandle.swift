import CCurl

/// libcurl's multi handle: the connection cache and the transfers that are under way. Everything
/// but waking the loop happens on the loop's thread.
@safe struct MultiHandle: ~Copyable {
  /// libcurl's `CURLM *`.
  let pointer: UnsafeMutableRawPointer

  /// Whether libcurl is set up: once in a process, before the first handle is made.
  static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

  /// Makes a handle without limits.
  /// - Throws: `HTTPTransportError` with `other` when libcurl cannot be set up.
  init() throws(HTTPTransportError) {
    guard Self.isLibraryReady, let pointer = unsafe curl_multi_init() else {
      throw .refused(.other, "libcurl could not be set up")
    }
    unsafe self.pointer = pointer
  }

  /// Sets one of the limits that count connections.
  /// - Throws: `HTTPTransportError` with `other` when libcurl refuses it.
  func set(_ option: CURLMoption, _ value: Int) throws(HTTPTransportError) {
    guard unsafe curl_shim_multi_set_long(pointer, option, value) == CURLM_OK else {
      throw .refused(.other, "libcurl refused a limit on connections")
    }
  }

  deinit {
    unsafe curl_multi_cleanup(pointer)
  }

  /// Wakes the loop out of its wait.
  var waker: Waker { unsafe Waker(multi: pointer) }

  /// Puts a transfer under way. False when libcurl cannot take it.
  func add(_ easy: UnsafeMutableRawPointer) -> Bool {
    unsafe curl_multi_add_handle(pointer, easy) == CURLM_OK
  }

  /// Takes a transfer out, ended or not. A connection in the middle of an answer is closed.
  func remove(_ easy: UnsafeMutableRawPointer) {
    _ = unsafe curl_multi_remove_handle(pointer, easy)
  }

  /// Moves every transfer on as far as it goes without waiting. False when libcurl is broken.
  func perform() -> Bool {
    var running: Int32 = 0
    return unsafe curl_multi_perform(pointer, &running) == CURLM_OK
  }

  /// Waits for a socket, a timer of libcurl's, a wake-up or the end of `timeout`. False when
  /// libcurl is broken.
  func wait(atMost timeout: Duration) -> Bool {
    unsafe curl_multi_poll(pointer, nil, 0, Int32(timeout.wholeMilliseconds), nil) == CURLM_OK
  }

  /// The next transfer that has ended, by the number given as its private value.
  func nextEnded() -> (number: UInt, result: CURLcode)? {
    var easy: UnsafeMutableRawPointer?
    var result = CURLE_OK
    guard unsafe curl_shim_next_ended(pointer, &easy, &result) == 1 else { return nil }
    var number: UnsafeMutableRawPointer?
    _ = unsafe curl_shim_get_private(easy, &number)
    return (UInt(bitPattern: number), result)
  }
}

/// The one thing that other threads may do with the multi handle, for as long as it exists; the
/// queue hands it out only under its lock, and gives it up before the handle ends.
@safe struct Waker: @unchecked Sendable {
  private let multi: UnsafeMutableRawPointer

  /// Keeps the pointer without owning it.
  init(multi: UnsafeMutableRawPointer) {
    unsafe self.multi = multi
  }

  /// Ends the present or the next wait of the loop at once.
  func wake() {
    _ = unsafe curl_multi_wakeup(multi)
  }
}

extension Duration {
  /// Milliseconds, rounded up, so that a short duration does not become libcurl's "no limit" 0.
  var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
