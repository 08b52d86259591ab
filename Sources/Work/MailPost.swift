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
    /// The letters.
    package let templates: LetterTemplates
    /// How many days before the last day of a reward its owner is reminded, 0 to 60; 0 for never.
    package let reminderDays: Int

    /// Puts the settings together.
    package init(
      server: SMTPServer, sender: Mailbox, shopName: String, language: LetterLanguage,
      templates: LetterTemplates, reminderDays: Int = 0
    ) {
      self.server = server
      self.sender = sender
      self.shopName = shopName
      self.language = language
      self.templates = templates
      self.reminderDays = reminderDays
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

  package var reminderDays: Int { settings.reminderDays }

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
    let profile = try await profile(of: letter.recipientUserID)
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
    var facts = RewardFacts(
      name: profile?.firstName, amount: letter.money, code: code,
      expiry: letter.expiresOn.flatMap(CalendarDay.init), shop: settings.shopName)
    facts.milestone = letter.milestone
    if letter.kind == .voucher {
      facts.percentOff = letter.percentOff
      facts.isOnSelectedGoods = letter.isOnSelectedGoods
      facts.minimum = letter.minimumSpend.map {
        Money(amount: $0, currency: letter.money.currency)
      }
    }
    let text = try Letter(
      from: settings.sender, to: Mailbox(address: recipient.normalized),
      content: settings.templates[Self.name(of: letter)].content(facts, in: language),
      language: language, messageID: "\(Self.messageName(of: letter))@\(settings.sender.domain)",
      date: Date())
    return MailMessage(
      sender: settings.sender.address, recipient: recipient.normalized, data: text.data)
  }

  /// Which letter it is. A friend's reward is his, whatever it is to the referrer.
  private static func name(of letter: LetterRepository.Claim) -> LetterName {
    switch (letter.letter, letter.identity.role) {
    case (.reminder, _): .reminder
    case (.reward, .friend): .friend
    case (.reward, .referrer): letter.milestone == nil ? .reward : .milestone
    }
  }

  /// What stands left of the @ in the Message-ID: the same for every attempt, and another one for
  /// each letter.
  private static func messageName(of letter: LetterRepository.Claim) -> String {
    let reward = letter.rewardID.uuidString.lowercased()
    return switch letter.letter {
    case .reward: reward
    case .reminder: "\(reward).reminder"
    }
  }
}
