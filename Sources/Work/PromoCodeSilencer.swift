import Domain
import FoundationEssentials
import Ledger
import SaleorAPI

/// Makes the promo code of a reward worthless at the store, whether it exists there or not.
///
/// Where it does not, a create that is still under way could bring it to life later. So the code is
/// taken for good: by a card that is inactive, or a voucher that has ended.
struct PromoCodeSilencer: Sendable {
  /// What came of an attempt.
  enum Outcome: Sendable, Equatable {
    /// The code is worthless and stays so. What had been spent, in the reward's currency.
    case silenced(spent: Decimal?)
    /// Whether it is worthless is not known; why.
    case unclear(String)
  }

  private let client: StoreClient
  private let version: StoreVersionCache

  /// Asks through `client`.
  init(client: StoreClient) {
    self.client = client
    version = StoreVersionCache(client: client)
  }

  /// Makes the code of a claimed reward worthless. Repeating it is safe.
  /// - Throws: `StoreError` when the outcome is unknown or the call cannot be made now,
  ///   `CancellationError`.
  func silence(_ claim: RewardRepository.Claim, code: String) async throws -> Outcome {
    if let id = claim.giftCardID, let outcome = try await close(card: id) { return outcome }
    if let id = claim.voucherID, let outcome = try await close(voucher: id, claim) {
      return outcome
    }
    switch claim.kind {
    case .giftCard:
      let creation = try await client.createGiftCard(
        code: code, balance: claim.money, rewardID: claim.rewardID, expiresOn: nil,
        isActive: false, version: try await version.value())
      return try await outcome(of: creation, claim, code)
    case .voucher:
      let creation = try await client.createClosedVoucher(code: code, rewardID: claim.rewardID)
      return try await outcome(of: creation, claim, code)
    }
  }

  /// A store that refuses the tombstone refuses the reward itself for the same reason.
  private func outcome<Made>(
    of creation: StoreClient.Creation<Made>, _ claim: RewardRepository.Claim, _ code: String
  ) async throws -> Outcome {
    switch creation {
    case .created, .refused: .silenced(spent: nil)
    case .codeTaken: try await closeFound(claim, code)
    }
  }

  /// The code exists already: a create of ours, or an earlier tombstone.
  private func closeFound(_ claim: RewardRepository.Claim, _ code: String) async throws -> Outcome {
    if let card = try await client.giftCard(code: code) {
      guard card.rewardID ?? claim.rewardID == claim.rewardID else {
        return .unclear("the code belongs to another reward at the store")
      }
      if let outcome = try await close(card: card.id) { return outcome }
    }
    if let voucher = try await client.voucher(code: code) {
      guard voucher.rewardID ?? claim.rewardID == claim.rewardID else {
        return .unclear("the code belongs to another reward at the store")
      }
      if let outcome = try await close(voucher: voucher.id, claim) { return outcome }
    }
    return .unclear("the code exists, but the store does not show it yet")
  }

  /// `nil` when the store knows no such card any more: then its code is free again.
  private func close(card id: String) async throws -> Outcome? {
    switch try await client.deactivateGiftCard(id: id) {
    case .closed(let spent): .silenced(spent: spent?.amount)
    case .closedAfterUse, .gone: nil
    }
  }

  /// `nil` when the store knows no such voucher any more: then its code is free again.
  private func close(
    voucher id: String, _ claim: RewardRepository.Claim
  ) async throws -> Outcome? {
    switch try await client.closeVoucher(id: id) {
    case .closed: .silenced(spent: 0)
    case .closedAfterUse: .silenced(spent: claim.money.amount)
    case .gone: nil
    }
  }
}
