import Domain
import FoundationEssentials
import Ledger
import Postgres
import Rules

extension DecisionWriter {
  /// Writes the rewards that a decision gives.
  /// - Throws: `PostgresError`, `SigningError`.
  func owe(
    _ session: any PostgresSession, _ claim: ReferralRepository.Claim, _ grants: [RewardGrant],
    _ birth: RewardLife.State, referrerUserID: String
  ) async throws {
    for grant in grants {
      let identity = RewardIdentity(
        storeAddress: store.address.canonical, orderID: claim.orderID,
        campaignID: grant.campaignID, role: grant.role)
      _ = try await RewardRepository(session).insertIntent(
        store: store.id, id: RewardKeys.id(of: identity), identity: identity,
        referralID: claim.id, grant, codeKeyID: keys.newestID,
        rolloutBucket: try RolloutBucket.of(store: store.address, referrerUserID: referrerUserID),
        birth: birth)
    }
  }

  /// Holds the budgets that `silence` changes: call it before the referral is written.
  /// - Throws: `PostgresError`.
  func holdBudgetsToSilence(
    _ session: any PostgresSession, _ book: TermsBook, storeMayKnow: Bool
  ) async throws {
    guard RewardLife.birth(.fell, storeMayKnow: storeMayKnow) != nil else { return }
    let grants = book.possibleGrants(store: store.address, nil)
    try await BudgetRepository.hold(
      session, store: store.id, campaigns: Set(grants.map(\.campaignID)))
  }

  /// Makes worthless what a life of the ledger that is lost may have issued for an order that fell.
  /// By which campaign that was nobody knows: any of those that the order can be one of, and the
  /// programme.
  /// - Throws: `PostgresError`, `LedgerError`, `SigningError`.
  func silence(
    _ session: any PostgresSession, _ claim: ReferralRepository.Claim, _ order: Order?,
    _ book: TermsBook, storeMayKnow: Bool, fall: String
  ) async throws {
    guard let birth = RewardLife.birth(.fell, storeMayKnow: storeMayKnow) else { return }
    for grant in book.possibleGrants(store: store.address, order) {
      let identity = RewardIdentity(
        storeAddress: store.address.canonical, orderID: claim.orderID,
        campaignID: grant.campaignID, role: grant.role)
      let id = try RewardKeys.id(of: identity)
      let isNew = try await RewardRepository(session).insertIntent(
        store: store.id, id: id, identity: identity, referralID: claim.id, grant,
        codeKeyID: keys.newestID,
        rolloutBucket: try RolloutBucket.of(store: store.address, referrerUserID: ""),
        birth: birth, fall: fall)
      if !isNew {
        _ = try await TakeBackRepository(session).takeBack(
          store: store.id, reward: id, in: Set(RewardLife.State.allCases), reason: fall)
      }
    }
  }
}

extension TermsBook {
  /// One grant for each reward that an order of a store can have had, of an unknown order for each
  /// that there is; the programme's too, always in one sequence. They are worth what the programme's
  /// reward is: of a code that is made worthless the amount tells nothing.
  func possibleGrants(store: StoreAddress, _ order: Order?) -> [RewardGrant] {
    var grants: [String: RewardGrant] = [:]
    for terms in all(for: store) {
      for campaign in [Campaign(terms.programme)] + terms.namedCampaigns
      where order.map(campaign.canBe(of:)) ?? true {
        for offer in campaign.offers {
          let key = "\(campaign.id) \(offer.role.rawValue)"
          guard grants[key] == nil else { continue }
          grants[key] = RewardGrant(
            campaignID: campaign.id, role: offer.role, kind: offer.kind,
            money: terms.programme.reward)
        }
      }
    }
    return grants.sorted { $0.key < $1.key }.map(\.value)
  }
}

extension Campaign {
  /// Whether an order is of a channel and a time of this campaign's. Its day is taken in UTC, which is
  /// at most one day off the shop's.
  fileprivate func canBe(of order: Order) -> Bool {
    func day(_ shift: TimeInterval) -> CalendarDay? {
      CalendarDay(String(order.createdAt.addingTimeInterval(shift).formatted(.iso8601).prefix(10)))
    }
    guard channels.isEmpty || channels.contains(order.channel) else { return false }
    let (before, after) = (day(-86_400), day(86_400))
    if let firstDay, let after, after < firstDay { return false }
    if let lastDay, let before, before > lastDay { return false }
    return true
  }
}
