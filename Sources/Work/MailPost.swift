package import Domain
import FoundationEssentials
package import HTTPTransport
package import Ledger
package import Letters
package import SaleorAPI

/// Sends letters of Laurel's own by SMTP.
///
/// A mail that was handed over without a reply is sent again under the same Message-ID, so that it
/// can be known as the same one.
package struct MailPost: LetterPost {
  /// What stands in every letter, and who takes it in.
  package struct Settings: Sendable {
    /// The server that takes letters in.
    package let server: SMTPServer
    /// Who letters are from; bounces go to its address.
    package let sender: Mailbox
    /// What the shop calls itself.
    package let shopName: String
    /// The language for customers of whom the store tells none that there are letters in.
    package let language: LetterLanguage
    /// The letter.
    package let template: LetterTemplate

    /// Puts the settings together.
    package init(
      server: SMTPServer, sender: Mailbox, shopName: String, language: LetterLanguage,
      template: LetterTemplate
    ) {
      self.server = server
      self.sender = sender
      self.shopName = shopName
      self.language = language
      self.template = template
    }
  }

  private let settings: Settings
  private let transport: MailTransport
  private let client: StoreClient
  private let keys: RewardKeys
  private let timeout: Duration
  private let maximumSendings: Int

  /// Sends through `transport`; asks `client` how customers are called.
  package init(
    _ settings: Settings, transport: MailTransport, client: StoreClient, keys: RewardKeys,
    work: WorkSettings
  ) {
    self.settings = settings
    self.transport = transport
    self.client = client
    self.keys = keys
    timeout = work.mailTimeout
    maximumSendings = work.letterWaits.count
  }

  /// Both kinds.
  package func carries(_ kind: RewardKind) -> Bool { true }

  package func send(
    _ letter: LetterRepository.Claim, to recipient: EmailAddress
  ) async throws -> LetterOutcome {
    guard letter.unconfirmed < maximumSendings else {
      return .failed(
        "the mail server was given the letter \(letter.unconfirmed) times and never said that it "
          + "took it; ask the customer whether it came")
    }
    guard let code = try keys.code(of: letter.identity, keyID: letter.codeKeyID) else {
      return .later("the code key \(letter.codeKeyID) is not in LAUREL_CODE_KEY; add it")
    }
    let profile = try await profile(of: letter.referrerUserID)
    do {
      let mail = try mail(letter, code: code, to: recipient, profile)
      try await transport.send(
        mail, through: settings.server, connectTimeout: timeout, totalTimeout: timeout)
      return .sent
    } catch let error as MailError {
      if error.code == .cancelled || error.code == .closed { throw CancellationError() }
      return LetterOutcome(error, isOverdue: letter.isOverdue)
    } catch let error as LetterError {
      return .failed(error.description)
    }
  }

  /// How the store addresses the customer. A letter is not held up by a store that does not tell.
  private func profile(of userID: String?) async throws -> CustomerProfile? {
    guard let userID else { return nil }
    do {
      return try await client.customer(userID)
    } catch is StoreError {
      return nil
    }
  }

  private func mail(
    _ letter: LetterRepository.Claim, code: String, to recipient: EmailAddress,
    _ profile: CustomerProfile?
  ) throws(LetterError) -> MailMessage {
    let language =
      profile.flatMap { LetterLanguage(code: $0.languageCode) } ?? settings.language
    let facts = RewardFacts(
      name: profile?.firstName, amount: letter.money, code: code,
      expiry: letter.expiresOn.flatMap(CalendarDay.init),
      minimum: letter.kind == .voucher
        ? letter.minimumSpend.map { Money(amount: $0, currency: letter.money.currency) } : nil,
      shop: settings.shopName)
    let text = try Letter(
      from: settings.sender, to: Mailbox(address: recipient.normalized),
      content: settings.template.content(facts, in: language), language: language,
      messageID: "\(letter.rewardID.uuidString.lowercased())@\(settings.sender.domain)",
      date: Date())
    return MailMessage(
      sender: settings.sender.address, recipient: recipient.normalized, data: text.data)
  }
}
