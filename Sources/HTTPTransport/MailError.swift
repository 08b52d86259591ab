/// Why a mail was not delivered, or is not known to be. Carries no address, no password and not the
/// text of the server's reply, which may repeat either.
package struct MailError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of failure.
  package enum Code: String, Sendable {
    /// The server's URL breaks a rule of `SMTPServer`.
    case invalidServer
    /// The mail breaks a rule of `MailMessage`; nothing was sent.
    case invalidMail
    /// The server's name could not be resolved.
    case resolveFailed
    /// No TCP connection could be made.
    case connectFailed
    /// TLS was required and not offered, failed, or the server's certificate is not trusted.
    case tlsFailed
    /// The server turned the session away before it heard of this mail.
    case serverRefused
    /// The server did not accept user name and password, or offers no way to give them.
    case authenticationFailed
    /// The server did not accept the sender.
    case senderRefused
    /// The server did not accept the recipient.
    case recipientRefused
    /// The server did not accept the mail itself.
    case contentRefused
    /// The connect timeout or the total timeout passed.
    case timeout
    /// The connection broke.
    case connectionLost
    /// The calling task was cancelled.
    case cancelled
    /// The transport has been shut down, or was while the mail was under way.
    case closed
    /// As many mails are under way as the transport allows; nothing was sent.
    case overloaded
    /// Anything else, such as a server that does not speak SMTP.
    case other
  }

  /// What kind of failure this is. `serverRefused`, `authenticationFailed` and `senderRefused` say
  /// nothing about this one mail: every other would have met the same.
  package let code: Code
  /// What happened, for people.
  package let message: String
  /// The server's reply code when it was a refusal: 400 to 599 (RFC 5321, section 4.2.1).
  package let replyCode: Int?
  /// libcurl's number for the failure (a `CURLcode`), when libcurl reported it.
  package let cause: Int?
  /// True when the whole mail went out and no refusal came back: the recipient may get it, and
  /// sending again may give it to him twice.
  package let mayHaveBeenDelivered: Bool

  /// Makes an error.
  package init(
    _ code: Code, _ message: String, replyCode: Int? = nil, cause: Int? = nil,
    mayHaveBeenDelivered: Bool = false
  ) {
    self.code = code
    self.message = message
    self.replyCode = replyCode
    self.cause = cause
    self.mayHaveBeenDelivered = mayHaveBeenDelivered
  }

  /// Whether sending the same mail again, later, can help. A 5xx reply is the server's word that it
  /// cannot (RFC 5321, section 4.2.1). `cancelled` and `closed` say nothing against the mail, but
  /// this caller has to stop trying now.
  package var isRetryable: Bool {
    if let replyCode, replyCode >= 500 { return false }
    switch code {
    case .invalidServer, .invalidMail: return false
    case .authenticationFailed: return replyCode != nil
    case .resolveFailed, .connectFailed, .tlsFailed, .serverRefused, .senderRefused,
      .recipientRefused, .contentRefused, .timeout, .connectionLost, .cancelled, .closed,
      .overloaded, .other:
      return true
    }
  }

  /// Code and message on one line.
  package var description: String { "\(code.rawValue): \(message)" }
}
