import Domain
import FoundationEssentials
import SaleorAPI
import Sandbox
import Work

/// Every order that a crash test places, and whether a reward is due for it: what the store is
/// counted against.
actor OrderBook {
  /// What a count at the store found, order by order and side by side.
  struct Count: Sendable {
    /// How many orders were counted.
    var orders = 0
    /// How many rewards are due for them.
    var due = 0
    /// The orders of which a reward is due and not there, and the milestones that were not paid.
    var lost: [String] = []
    /// The orders that were paid more than is due, milestones that were paid twice, and what belongs
    /// to no order.
    var doubled: [String] = []
    /// The orders that fell and of which a reward can be spent all the same.
    var activeAfterTakeBack: [String] = []

    /// Both counts as one.
    static func + (left: Count, right: Count) -> Count {
      var sum = left
      sum.orders += right.orders
      sum.due += right.due
      sum.lost += right.lost
      sum.doubled += right.doubled
      sum.activeAfterTakeBack += right.activeAfterTakeBack
      return sum
    }
  }

  /// What an order is due.
  private struct Entry {
    let campaign: CrashCampaign
    /// Who is due a reward.
    var roles: [RewardIdentity.Role]
    var hasFallen = false
  }

  private let address: StoreAddress
  /// By the order's id.
  private var entries: [String: Entry] = [:]
  /// The reward ids of cards that the test put into the store itself.
  private var foreign: Set<String> = []

  /// Counts at the store of this address.
  init(address: StoreAddress) {
    self.address = address
  }

  /// Notes an order for which every reward of a campaign is due, `except` that of one side.
  func enter(
    _ order: SandboxOrder, _ campaign: CrashCampaign, except role: RewardIdentity.Role? = nil
  ) {
    entries[order.id] = Entry(campaign: campaign, roles: campaign.roles.filter { $0 != role })
  }

  /// Notes an order that earns nothing.
  func enter(worthless order: SandboxOrder) {
    entries[order.id] = Entry(campaign: .standard, roles: [])
  }

  /// Notes that a person refused an order's rewards.
  func enter(refusalOf order: String) {
    entries[order]?.roles = []
  }

  /// Notes that an order fell. Those of milestones stay, so that it is known which have to be paid.
  func enter(fallOf order: String) {
    entries[order]?.hasFallen = true
  }

  /// Whether an order may fall.
  func mayFall(_ order: SandboxOrder) -> Bool {
    entries[order.id]?.campaign != .milestones
  }

  /// Notes a card that the test made.
  func enter(foreignReward id: String) {
    foreign.insert(id)
  }

  /// Compares what can be spent at the store with what is due.
  func count(at store: SandboxStore) async throws -> Count {
    let today = Date().storeText
    var spendable: [String: [Decimal]] = [:]
    for card in await store.cards where card.isActive && card.currentBalance > 0 {
      spendable[card.metadata[GiftCard.rewardIDKey] ?? card.id, default: []]
        .append(card.initialBalance)
    }
    for voucher in await store.vouchers
    where !voucher.listings.isEmpty && (voucher.endDate ?? "9999") > today {
      spendable[voucher.rewardID ?? voucher.id, default: []].append(0)
    }
    var count = Count(orders: entries.count)
    for (order, entry) in entries {
      let isDue = !entry.hasFallen && !entry.roles.isEmpty
      for role in isDue || entry.hasFallen ? entry.campaign.roles : [] {
        let found = spendable.removeValue(forKey: try id(order, entry.campaign, role))?.count ?? 0
        let due = isDue && entry.roles.contains(role) ? 1 : 0
        count.due += due
        if found < due { count.lost.append(order) }
        if found > due {
          if entry.hasFallen {
            count.activeAfterTakeBack.append(order)
          } else {
            count.doubled.append(order)
          }
        }
      }
    }
    try addMilestones(to: &count, &spendable)
    count.doubled += spendable.keys.filter { !foreign.contains($0) }
    return count
  }

  /// Each milestone once, whichever order reached it.
  private func addMilestones(
    to count: inout Count, _ spendable: inout [String: [Decimal]]
  ) throws {
    let orders = entries.filter { $0.value.campaign == .milestones && !$0.value.roles.isEmpty }
    var paid: [Decimal: Int] = [:]
    for order in orders.keys {
      for amount in spendable.removeValue(forKey: try id(order, .milestones, .referrer)) ?? [] {
        paid[amount, default: 0] += 1
      }
    }
    for (number, amount) in CrashCampaign.milestoneAmounts {
      let due = number <= orders.count ? 1 : 0
      let found = paid.removeValue(forKey: amount) ?? 0
      count.due += due
      if found < due { count.lost.append("milestone \(number)") }
      if found > due { count.doubled.append("milestone \(number)") }
    }
    count.doubled += paid.keys.map { "milestone of \($0)" }
  }

  private func id(
    _ order: String, _ campaign: CrashCampaign, _ role: RewardIdentity.Role
  ) throws -> String {
    let identity = RewardIdentity(
      storeAddress: address.canonical, orderID: order, campaignID: campaign.rawValue, role: role)
    return try RewardKeys.id(of: identity).uuidString.lowercased()
  }
}

extension SandboxVoucher {
  /// The id of the reward that it is, from its name.
  fileprivate var rewardID: String? {
    guard let last = name?.split(separator: " ").last, last.utf8.count == 36 else { return nil }
    return String(last)
  }
}
