import HTTPTransport

/// What came of an attempt to send a letter. No reason names an address or a code: reasons are
/// logged and kept.
package enum LetterOutcome: Sendable, Equatable {
  /// It went out.
  case sent
  /// It was handed over, and the word that it went out is missing; why.
  case unconfirmed(String)
  /// It could not be handed over now; why.
  case later(String)
  /// The recipient's mail server does not take it; why.
  case bounced(String)
  /// It is not needed any more, or has nobody to go to: nothing to worry about; why.
  case needless(String)
  /// It will never go out as things are; what the shopkeeper can do.
  case failed(String)

  /// What a mail's failure means for its letter.
  ///
  /// Only what the server says of this recipient or of this mail can end a letter. A server that is
  /// not there, or that takes nothing from this shop, would end every other letter too: those are
  /// tried until that is repaired.
  /// - Parameter isOverdue: whether the letter has been tried for longer than a mail is.
  init(_ error: MailError, isOverdue: Bool) {
    let reason = error.description
    let isFinal = error.replyCode.map { $0 >= 500 } ?? false
    switch error.code {
    case .recipientRefused where error.replyCode == 530:
      // "Authentication required" (RFC 4954, section 6): not the recipient's fault.
      self = .later(reason)
    case .recipientRefused: self = isFinal || isOverdue ? .bounced(reason) : .later(reason)
    case .contentRefused: self = isFinal || isOverdue ? .failed(reason) : .later(reason)
    case .invalidMail: self = .failed(reason)
    case _ where error.mayHaveBeenDelivered: self = .unconfirmed(reason)
    case .invalidServer, .resolveFailed, .connectFailed, .tlsFailed, .serverRefused,
      .authenticationFailed, .senderRefused, .timeout, .connectionLost, .cancelled, .closed,
      .overloaded, .other:
      self = .later(reason)
    }
  }
}
