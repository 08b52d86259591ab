import Domain
import FoundationEssentials
import Ledger
import SaleorAPI

/// Carries out the calls of a `PromoCodeAttempt` for one claimed reward. Which call comes next, and
/// what the answers mean, is decided there; here the two kinds of rewards are told apart.
struct PromoCodeCalls: Sendable {
  /// What an attempt came to.
  struct Result: Sendable {
    /// What it means for the reward.
    let outcome: PromoCodeAttempt.Outcome
    /// The promo code as it was seen at the store.
    let promoCode: PromoCode?
    /// What had been spent of a code that is worthless now, in the reward's currency.
    let spent: Decimal?
    /// Why a card that should be bound to its owner is not; `nil` when none should, or it is.
    let unboundReason: String?
  }

  private let client: StoreClient
  private let version: StoreVersionCache

  /// Calls through `client`.
  init(client: StoreClient) {
    self.client = client
    version = StoreVersionCache(client: client)
  }

  /// Tries once to have the code of a claimed reward as `goal` says. Repeating it is safe.
  /// - Throws: `CancellationError`.
  func attempt(
    _ goal: PromoCodeAttempt.Goal, _ claim: RewardRepository.Claim, code: String
  ) async throws -> Result {
    var attempt = PromoCodeAttempt(goal, rewardID: claim.rewardID, isOverdue: claim.isOverdue)
    var talk = Talk(client: client, version: version, claim: claim, code: code)
    var step = attempt.start
    while case .call(let call) = step {
      let answer: PromoCodeAttempt.Answer
      do {
        answer = try await talk.answer(to: call)
      } catch let error as StoreError {
        answer = .failed(isRetryable: error.isRetryable, error.description)
      }
      step = attempt.next(after: answer)
    }
    guard case .over(let outcome) = step else { throw CancellationError() }
    return Result(
      outcome: outcome, promoCode: talk.promoCode, spent: talk.spent,
      unboundReason: talk.unboundReason)
  }
}

/// One attempt's talk with the store, and what it showed.
private struct Talk {
  let client: StoreClient
  let version: StoreVersionCache
  let claim: RewardRepository.Claim
  let code: String
  var promoCode: PromoCode?
  var spent: Decimal?
  var unboundReason: String?

  /// The active channels of the reward's currency, asked for once.
  private var channels: [StoreChannel]?

  init(
    client: StoreClient, version: StoreVersionCache, claim: RewardRepository.Claim, code: String
  ) {
    self.client = client
    self.version = version
    self.claim = claim
    self.code = code
  }

  /// Makes one call.
  mutating func answer(to call: PromoCodeAttempt.Call) async throws -> PromoCodeAttempt.Answer {
    switch call {
    case .create(let isActive): try await create(isActive: isActive)
    case .find: try await find()
    case .complete: try await complete()
    case .silence(let stored): try await silence(stored)
    }
  }

  private mutating func create(isActive: Bool) async throws -> PromoCodeAttempt.Answer {
    switch claim.kind {
    case .giftCard:
      let version = try await version.value()
      // A tombstone has no end: a day that is past by now would be refused. Nor has it an owner.
      return try await created(
        await client.createGiftCard(
          code: code, balance: claim.money, origin: claim.origin,
          expiresOn: isActive ? claim.expiresOn : nil, owner: isActive ? owner(version) : nil,
          isActive: isActive, version: version
        ).mapMade(PromoCode.giftCard), isActive: isActive)
    case .voucher where isActive:
      // Asked first: a voucher without a channel is worth nothing and need not be made.
      guard try await !activeChannels().isEmpty else { return .refused(noChannel) }
      return try await created(
        await client.createVoucher(
          code: code, rewardID: claim.rewardID, takesPercent: claim.percentOff != nil,
          categories: claim.voucherCategories, expiresOn: claim.expiresOn
        ).mapMade(PromoCode.voucher), isActive: true)
    case .voucher:
      return try await created(
        await client.createClosedVoucher(code: code, rewardID: claim.rewardID)
          .mapMade(PromoCode.voucher), isActive: false)
    }
  }

  /// The customer to bind a card to; `nil` when it is not to be bound, or cannot.
  private mutating func owner(_ version: StoreVersion) -> String? {
    guard claim.isBound else { return nil }
    guard version.giftCardsTakeOwner else {
      unboundReason = "a store of \(version) cannot bind gift cards"
      return nil
    }
    if claim.ownerID == nil { unboundReason = "its owner has no account" }
    return claim.ownerID
  }

  private mutating func created(
    _ creation: StoreClient.Creation<PromoCode>, isActive: Bool
  ) async throws -> PromoCodeAttempt.Answer {
    switch creation {
    case .created(let made): .created(try await see(made, isActive: isActive))
    case .codeTaken: .codeTaken
    case .refused(let reason): .refused("the store refuses the code: \(reason)")
    case .ownerUnknown: try await withoutOwner()
    }
  }

  /// The store asks for the owner before it looks at the code, so that the card of an earlier attempt
  /// may be there. If it is not, none is made for whoever has the code: that is not what was
  /// promised. A replica learns of a new customer later than Laurel; with a deleted one the reward goes.
  private mutating func withoutOwner() async throws -> PromoCodeAttempt.Answer {
    let answer = try await find()
    guard case .notFound = answer else { return answer }
    return .failed(
      isRetryable: true, "the store knows no customer \(claim.ownerID ?? "") to bind it to")
  }

  /// Looks among the codes of both kinds, whatever the programme gives now.
  private mutating func find() async throws -> PromoCodeAttempt.Answer {
    for kind in [claim.kind] + RewardKind.allCases.filter({ $0 != claim.kind }) {
      switch kind {
      case .giftCard:
        if let card = try await client.giftCard(code: code) {
          return .found(try await see(.giftCard(card), isActive: card.isActive))
        }
      case .voucher:
        if let voucher = try await client.voucher(code: code) {
          return .found(try await see(.voucher(voucher), isActive: !voucher.isClosed))
        }
      }
    }
    return .notFound
  }

  /// Lists a voucher in those of the channels where it is not listed yet. Where it is, the listing
  /// is ours or the staff's, and stands.
  private mutating func complete() async throws -> PromoCodeAttempt.Answer {
    guard case .voucher(let voucher) = promoCode else { return .done }
    let missing = try await missingChannels(of: voucher)
    guard !missing.isEmpty else { return voucher.listings.isEmpty ? .refused(noChannel) : .done }
    // As percent an amount would be another worth, and the other way round.
    guard voucher.takesPercent == (claim.percentOff != nil) else {
      return .refused(
        "the store's voucher takes off \(voucher.takesPercent ? "percent" : "an amount"), which the "
          + "reward does not")
    }
    switch try await client.list(
      voucher: voucher.id, of: claim.origin, in: missing,
      value: claim.percentOff ?? claim.money.amount, minimumSpend: claim.minimumSpend)
    {
    case .listed: return .done
    case .refused(let reason): return .refused("the store refuses the voucher's worth: \(reason)")
    }
  }

  private mutating func silence(_ stored: StoredCode) async throws -> PromoCodeAttempt.Answer {
    let closing =
      switch stored.kind {
      case .giftCard: try await client.deactivateGiftCard(id: stored.id)
      case .voucher: try await client.closeVoucher(id: stored.id)
      }
    switch closing {
    case .closed(let spent): self.spent = spent?.amount ?? 0
    case .closedAfterUse: spent = claim.money.amount
    case .gone: return .gone
    }
    return .done
  }

  private mutating func see(_ promoCode: PromoCode, isActive: Bool) async throws -> StoredCode {
    self.promoCode = promoCode
    var isIncomplete = false
    if case .voucher(let voucher) = promoCode, isActive {
      let missing = try await missingChannels(of: voucher)
      isIncomplete = !missing.isEmpty || voucher.listings.isEmpty
    }
    return StoredCode(
      kind: promoCode.kind, id: promoCode.id, rewardID: promoCode.rewardID, isActive: isActive,
      isTombstone: promoCode.isRevoked, isIncomplete: isIncomplete)
  }

  private mutating func missingChannels(of voucher: Voucher) async throws -> [StoreChannel] {
    try await activeChannels().filter { channel in
      !voucher.listings.contains { $0.channelID == channel.id }
    }
  }

  private mutating func activeChannels() async throws -> [StoreChannel] {
    if let channels { return channels }
    let channels = try await client.activeChannels(of: claim.money.currency)
    self.channels = channels
    return channels
  }

  private var noChannel: String {
    "the store has no active channel that sells in \(claim.money.currency)"
  }
}

extension StoreClient.Creation {
  /// The same with another view of what was made.
  fileprivate func mapMade<Other: Sendable & Equatable>(
    _ view: (Made) -> Other
  ) -> StoreClient.Creation<Other> {
    switch self {
    case .created(let made): .created(view(made))
    case .codeTaken: .codeTaken
    case .refused(let reason): .refused(reason)
    case .ownerUnknown: .ownerUnknown
    }
  }
}

extension RewardRepository.Claim {
  /// The reward's id as the store keeps it.
  var rewardID: String { id.uuidString.lowercased() }

  /// What its code at the store tells of it.
  fileprivate var origin: RewardOrigin {
    RewardOrigin(
      rewardID: rewardID, identity: identity, milestone: milestone,
      amount: percentOff == nil ? nil : money.amount)
  }
}
