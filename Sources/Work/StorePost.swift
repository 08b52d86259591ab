package import Domain
package import Ledger
package import SaleorAPI

/// Has the store send gift cards' codes, with its own templates.
///
/// The store answers the request alike whether a letter goes out or not, and sends it later: only
/// the card's history says that it did (FACTS §7). So every attempt looks there first, also because
/// an earlier request whose answer was lost may have worked.
package struct StorePost: LetterPost {
  private let client: StoreClient
  private let maximumRequests: Int

  /// Sends through `client`; asks as often as `settings` has waits for the letter.
  package init(client: StoreClient, settings: WorkSettings) {
    self.client = client
    maximumRequests = settings.letterWaits.count
  }

  /// Gift cards only: the store has no letter for a voucher.
  package func carries(_ kind: RewardKind) -> Bool { kind == .giftCard }

  /// Never: the store would send the card's own letter once more.
  package var reminderDays: Int { 0 }

  package func send(
    _ letter: LetterRepository.Claim, to recipient: EmailAddress
  ) async throws -> LetterOutcome {
    guard letter.letter == .reward else { return .needless("the store sends no reminders") }
    guard let card = letter.giftCardID else {
      return .later("the store has no letter for a voucher; set SMTP_URL")
    }
    guard let recipients = try await client.recipients(ofGiftCard: card) else {
      return .failed("the store does not have the card any more")
    }
    if recipients.contains(recipient) { return .sent }
    let channels = try await client.activeChannels(of: letter.money.currency)
    guard let channel = channels.first else {
      return .failed("the store has no active channel that sells in \(letter.money.currency)")
    }
    guard letter.unconfirmed < maximumRequests else {
      return .failed(
        "the store was asked \(letter.unconfirmed) times and sent nothing; activate its e-mail "
          + "plugin for the channel \(channel.slug), with a sender, or set SMTP_URL")
    }
    do {
      switch try await client.resendGiftCard(id: card, to: recipient, channel: channel) {
      case .asked: return .unconfirmed("the store was asked; the card's history will tell")
      case .addressRefused: return .bounced("the store does not send to this address")
      case .refused(let reason): return .failed("the store refuses to send the card: \(reason)")
      }
    } catch let error as StoreError where error.isRetryable {
      // It may send the letter all the same.
      return .unconfirmed(error.description)
    }
  }
}
