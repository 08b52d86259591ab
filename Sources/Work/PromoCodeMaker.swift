import Domain
import FoundationEssentials
import Ledger
import SaleorAPI

/// Makes the promo code of a reward at the store, or finds the one that an earlier attempt made.
/// Here the two kinds of rewards differ; the work around it is the same.
struct PromoCodeMaker: Sendable {
  /// What came of an attempt.
  enum Outcome: Sendable, Equatable {
    /// The promo code is there and can be used.
    case ready(PromoCode)
    /// It is there, but a replica that lags behind does not show it yet.
    case hidden
    /// It will never be there; why.
    case refused(String)
  }

  private let client: StoreClient
  private let version: StoreVersionCache

  /// Makes promo codes through `client`.
  init(client: StoreClient) {
    self.client = client
    version = StoreVersionCache(client: client)
  }

  /// Makes the promo code of a claimed reward with `code`. Repeating it is safe.
  /// - Throws: `StoreError` when the outcome is unknown or the call cannot be made now,
  ///   `CancellationError`.
  func make(_ claim: RewardRepository.Claim, code: String) async throws -> Outcome {
    switch claim.kind {
    case .giftCard: try await makeGiftCard(claim, code: code)
    case .voucher: try await makeVoucher(claim, code: code)
    }
  }

  private func makeGiftCard(
    _ claim: RewardRepository.Claim, code: String
  ) async throws -> Outcome {
    switch try await client.createGiftCard(
      code: code, balance: claim.money, rewardID: claim.rewardID, expiresOn: claim.expiresOn,
      version: try await version.value())
    {
    case .created(let card): .ready(.giftCard(card))
    case .refused(let reason): .refused("the store refuses the card: \(reason)")
    case .codeTaken: try await adopt(claim, code: code)
    }
  }

  private func makeVoucher(
    _ claim: RewardRepository.Claim, code: String
  ) async throws -> Outcome {
    // Asked first: a voucher without a channel is worth nothing and need not be made.
    let channels = try await client.activeChannels(of: claim.money.currency)
    guard !channels.isEmpty else { return Self.noChannel(claim) }
    switch try await client.createVoucher(
      code: code, rewardID: claim.rewardID, expiresOn: claim.expiresOn)
    {
    case .created(let voucher): return try await list(voucher, claim, in: channels)
    case .refused(let reason): return .refused("the store refuses the voucher: \(reason)")
    case .codeTaken: return try await adopt(claim, code: code)
    }
  }

  /// A code of ours exists already: an earlier attempt of ours made it, whatever its answer said,
  /// as a card or as a voucher, whatever the programme gives now.
  private func adopt(_ claim: RewardRepository.Claim, code: String) async throws -> Outcome {
    guard let found = try await find(code, first: claim.kind) else { return .hidden }
    if let rewardID = found.rewardID, rewardID != claim.rewardID {
      return .refused("the code belongs to reward \(rewardID) at the store")
    }
    guard case .voucher(let voucher) = found else { return .ready(found) }
    return try await list(
      voucher, claim, in: try await client.activeChannels(of: claim.money.currency))
  }

  private func find(_ code: String, first kind: RewardKind) async throws -> PromoCode? {
    for kind in [kind] + RewardKind.allCases.filter({ $0 != kind }) {
      switch kind {
      case .giftCard:
        if let card = try await client.giftCard(code: code) { return .giftCard(card) }
      case .voucher:
        if let voucher = try await client.voucher(code: code) { return .voucher(voucher) }
      }
    }
    return nil
  }

  /// Lists a voucher in those of the channels where it is not listed yet. Where it is, the listing
  /// is ours or the staff's, and stands.
  private func list(
    _ voucher: Voucher, _ claim: RewardRepository.Claim, in channels: [StoreChannel]
  ) async throws -> Outcome {
    let missing = channels.filter { channel in
      !voucher.listings.contains { $0.channelID == channel.id }
    }
    guard !missing.isEmpty else {
      return voucher.listings.isEmpty ? Self.noChannel(claim) : .ready(.voucher(voucher))
    }
    switch try await client.list(
      voucher: voucher.id, in: missing, value: claim.money.amount,
      minimumSpend: claim.minimumSpend)
    {
    case .listed: return .ready(.voucher(voucher))
    case .refused(let reason): return .refused("the store refuses the voucher's worth: \(reason)")
    }
  }

  private static func noChannel(_ claim: RewardRepository.Claim) -> Outcome {
    .refused("the store has no active channel that sells in \(claim.money.currency)")
  }
}

extension RewardRepository.Claim {
  /// The reward's id as the store keeps it.
  var rewardID: String { id.uuidString.lowercased() }
}
