import NIOConcurrencyHelpers
import NIOPosix

/// Sends mail by SMTP through libcurl: a few threads, one connection for each mail, every mail with
/// a deadline.
///
/// Mail does not share the loop of `HTTPTransport`, because libcurl waits without the loop for the
/// reply to a whole mail and for the one to its QUIT: a slow mail server would stop every call to
/// the store. A connection is not kept either, so nothing is ever sent twice by libcurl itself.
package final class MailTransport: Sendable {
  private let threads: NIOThreadPool
  private let maximumInFlight: Int
  private let inFlight = NIOLockedValueBox(0)
  private let closing = StopSign()

  /// Starts the threads.
  /// - Parameters:
  ///   - maximumConnections: mails that are being sent at the same time; further ones wait, and the
  ///     wait counts towards their total timeout. At least 1.
  ///   - maximumInFlight: mails under way, waiting ones included; a further one is refused with
  ///     `overloaded`. At least 1.
  /// - Throws: `MailError` with `other` for a limit below 1 or when libcurl cannot be set up.
  package init(maximumConnections: Int = 4, maximumInFlight: Int = 256) throws(MailError) {
    guard maximumConnections >= 1, maximumInFlight >= 1 else {
      throw MailError(.other, "the limits of a transport are at least 1")
    }
    guard MultiHandle.isLibraryReady else {
      throw MailError(.other, "libcurl could not be set up")
    }
    self.maximumInFlight = maximumInFlight
    threads = NIOThreadPool(numberOfThreads: maximumConnections)
    threads.start()
  }

  deinit {
    closing.stop()
    threads.shutdownGracefully { _ in }
  }

  /// Sends a mail and waits until the server has taken it over, at most for the total timeout. A
  /// mail whose task is cancelled is given up within about a second.
  /// - Parameters:
  ///   - connectTimeout: longest time for name, TCP, TLS, the server's greeting and the login
  ///     together; above zero, at most a day.
  ///   - totalTimeout: longest time from this call to the server's last word; above zero, at most a
  ///     day.
  /// - Throws: `MailError`.
  package func send(
    _ mail: MailMessage, through server: SMTPServer, connectTimeout: Duration = .seconds(30),
    totalTimeout: Duration = .seconds(60)
  ) async throws(MailError) {
    try mail.check()
    try await run(
      mail, through: server, connectTimeout: connectTimeout, totalTimeout: totalTimeout)
  }

  /// Connects, protects the connection and logs in as for a mail, and sends none: tells whether the
  /// server would take one. The timeouts are as for `send`.
  /// - Throws: `MailError`.
  package func greet(
    _ server: SMTPServer, connectTimeout: Duration = .seconds(30),
    totalTimeout: Duration = .seconds(60)
  ) async throws(MailError) {
    try await run(nil, through: server, connectTimeout: connectTimeout, totalTimeout: totalTimeout)
  }

  private func run(
    _ mail: MailMessage?, through server: SMTPServer, connectTimeout: Duration,
    totalTimeout: Duration
  ) async throws(MailError) {
    for timeout in [connectTimeout, totalTimeout] {
      guard timeout > .zero, timeout <= RequestRules.longestTimeout else {
        throw MailError(.invalidMail, "a timeout is above zero and at most a day")
      }
    }
    try enter()
    defer { inFlight.withLockedValue { $0 -= 1 } }
    let deadline = ContinuousClock.now + totalTimeout
    let cancellation = StopSign()
    let outcome: Result<Void, MailError>
    do {
      outcome = try await withTaskCancellationHandler {
        try await threads.runIfActive { [closing] in
          MailDelivery.run(
            mail, through: server, connectTimeout: connectTimeout, deadline: deadline,
            cancellation: cancellation, closing: closing)
        }
      } onCancel: {
        cancellation.stop()
      }
    } catch {
      // The thread pool's own errors: it has not run the delivery.
      throw cancellation.isStopped
        ? MailError(.cancelled, "the task was cancelled")
        : MailError(.closed, "the transport is shut down")
    }
    try outcome.get()
  }

  /// Refuses new mails, ends those under way with `closed`, and returns, within about a second, when
  /// the threads and all connections are gone. Calling it again does no harm.
  package func shutdown() async {
    closing.stop()
    // Fails only for the pool that all of NIO shares.
    try? await threads.shutdownGracefully()
  }

  private func enter() throws(MailError) {
    guard !closing.isStopped else { throw MailError(.closed, "the transport is shut down") }
    let isFull = inFlight.withLockedValue { count in
      guard count < maximumInFlight else { return true }
      count += 1
      return false
    }
    if isFull { throw MailError(.overloaded, "\(maximumInFlight) mails are under way") }
  }
}

/// Tells deliveries on other threads to stop.
final class StopSign: Sendable {
  private let box = NIOLockedValueBox(false)

  /// Whether the sign is up.
  var isStopped: Bool { box.withLockedValue { $0 } }

  /// Puts the sign up, for good.
  func stop() {
    box.withLockedValue { $0 = true }
  }
}
