/// Why a request got no answer. An answer with any status, 500 included, is not an error here.
/// Carries no URL, no header and no body: those may hold credentials or personal data.
package struct HTTPTransportError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of failure.
  package enum Code: String, Sendable {
    /// The request breaks a rule of `HTTPRequest`; it was never started.
    case invalidRequest
    /// The host name could not be resolved.
    case resolveFailed
    /// The host has an address that the request must not reach; nothing was sent there.
    case forbiddenAddress
    /// No TCP connection could be made.
    case connectFailed
    /// The TLS handshake failed or the peer's certificate is not trusted.
    case tlsFailed
    /// The connect timeout or the total timeout passed.
    case timeout
    /// The connection broke before the answer was complete.
    case connectionLost
    /// The decoded body of the answer is larger than the request allows.
    case bodyTooLarge
    /// The header fields of the answer are larger than `HTTPTransport.maximumHeaderBytes`.
    case headersTooLarge
    /// The calling task was cancelled.
    case cancelled
    /// The transport has been shut down, or was while the request was under way.
    case closed
    /// As many requests are under way as the transport allows; it was never started.
    case overloaded
    /// Anything else, such as an answer that is not HTTP or whose compression is broken.
    case other
  }

  /// What kind of failure this is.
  package let code: Code
  /// What happened, for people.
  package let message: String
  /// libcurl's number for the failure (a `CURLcode`), when libcurl reported it.
  package let cause: Int?

  /// False only when it is certain that no byte of the request left this process: the name was not
  /// resolved, no connection was made, the TLS handshake was not completed, or the request was
  /// refused before its start. True means that the peer may have acted on the request.
  package let requestMayHaveBeenSent: Bool

  /// Makes an error.
  package init(
    _ code: Code, _ message: String, cause: Int? = nil, requestMayHaveBeenSent: Bool
  ) {
    self.code = code
    self.message = message
    self.cause = cause
    self.requestMayHaveBeenSent = requestMayHaveBeenSent
  }

  /// Whether sending the same request again, later, can help. `cancelled` and `closed` are
  /// retryable: they say nothing against the request, but this caller has to stop trying now.
  package var isRetryable: Bool {
    switch code {
    case .invalidRequest, .forbiddenAddress, .bodyTooLarge, .headersTooLarge: false
    case .resolveFailed, .connectFailed, .tlsFailed, .timeout, .connectionLost, .cancelled,
      .closed, .overloaded, .other:
      true
    }
  }

  /// Code and message on one line.
  package var description: String { "\(code.rawValue): \(message)" }

  /// A refusal before the request was started.
  static func refused(_ code: Code, _ message: String) -> HTTPTransportError {
    HTTPTransportError(code, message, requestMayHaveBeenSent: false)
  }
}
