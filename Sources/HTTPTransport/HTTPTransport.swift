import CCurl
import NIOConcurrencyHelpers

/// Sends HTTP/1.1 requests through libcurl: one loop on one thread, connections kept and reused,
/// every request with a deadline and a bound on its answer.
///
/// Redirects are not followed, proxies from the environment are not used, certificates are always
/// verified. When a kept connection turns out to be closed by the peer before a single byte of an
/// answer came, libcurl sends the request once more on another connection, **a POST too**. So a
/// peer that reads a request and hangs up in silence may get it twice; where that does harm, the
/// request has to say `isSentOnce`.
package final class HTTPTransport: Sendable {
  /// Largest total size of the header fields of an answer, status lines and trailers included.
  package static let maximumHeaderBytes = 64 * 1024

  private let queue: RequestQueue
  // Taken out by the one who joins.
  private let thread: NIOLockedValueBox<LoopThread?>

  /// Starts the loop's thread.
  /// - Parameters:
  ///   - maximumConnectionsPerHost: connections to one host and port; further requests wait, and
  ///     the wait counts towards their total timeout. As many idle connections are kept in all. At
  ///     least 1.
  ///   - maximumInFlight: requests under way, waiting ones included; a further one is refused with
  ///     `overloaded`. At least 1.
  ///   - userAgent: the header field `User-Agent` of requests that do not bring their own.
  /// - Throws: `HTTPTransportError`: `invalidRequest` for a parameter out of range, `other` when
  ///   libcurl or the thread cannot be set up.
  package init(
    maximumConnectionsPerHost: Int = 64, maximumInFlight: Int = 1024, userAgent: String = "Laurel"
  ) throws(HTTPTransportError) {
    guard maximumConnectionsPerHost >= 1, maximumInFlight >= 1 else {
      throw .refused(.invalidRequest, "the limits of a transport are at least 1")
    }
    try RequestRules.checkHeader(name: "User-Agent", value: userAgent)
    let multi = try MultiHandle()
    try multi.set(CURLMOPT_MAX_HOST_CONNECTIONS, maximumConnectionsPerHost)
    try multi.set(CURLMOPT_MAXCONNECTS, maximumConnectionsPerHost)
    queue = RequestQueue(maximumInFlight: maximumInFlight, waker: multi.waker)
    let loop = TransferLoop(multi: multi, queue: queue, userAgent: userAgent)
    thread = NIOLockedValueBox(try LoopThread(running: loop))
  }

  deinit {
    queue.close()
    thread.withLockedValue { $0 }?.detach()
  }

  /// Sends a request and waits for the whole answer, at most for its total timeout. An answer of
  /// any status is returned. When the calling task is cancelled the request is given up at once.
  /// - Throws: `HTTPTransportError`.
  package func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
    try RequestRules.check(request)
    let number = queue.nextNumber()
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        queue.put(RequestQueue.Start(number: number, request: request, continuation: continuation))
      }
    } onCancel: {
      queue.cancel(number)
    }
    return try outcome.get()
  }

  /// Refuses new requests, ends those under way with `closed`, and returns when the thread and all
  /// connections are gone. Calling it again does no harm.
  package func shutdown() async {
    queue.close()
    await queue.waitUntilFinished()
    let thread = thread.withLockedValue { thread in
      defer { thread = nil }
      return thread
    }
    thread?.join()
  }
}
