import Domain
import FoundationEssentials
import SaleorAPI
import Sandbox
import Work

/// Every order that a crash test places, and whether a reward is due for it: what the store is
/// counted against.
actor OrderBook {
  /// What a count at the store found, order by order.
  struct Count: Sendable {
    /// How many orders were counted.
    var orders = 0
    /// The orders whose reward is due and not there.
    var lost: [String] = []
    /// The orders that were paid more than is due, and what belongs to no order.
    var doubled: [String] = []
    /// The orders that fell and whose reward can be spent all the same.
    var activeAfterTakeBack: [String] = []

    /// Both counts as one.
    static func + (left: Count, right: Count) -> Count {
      var sum = left
      sum.orders += right.orders
      sum.lost += right.lost
      sum.doubled += right.doubled
      sum.activeAfterTakeBack += right.activeAfterTakeBack
      return sum
    }
  }

  private let address: StoreAddress
  /// For each order whether a reward is due, by the order's id.
  private var isDue: [String: Bool] = [:]
  /// The orders that fell after Laurel had been told of them.
  private var fallen: Set<String> = []
  /// The reward ids of cards that the test put into the store itself.
  private var foreign: Set<String> = []

  /// Counts at the store of this address.
  init(address: StoreAddress) {
    self.address = address
  }

  /// Notes an order.
  func enter(_ order: SandboxOrder, isDue: Bool) {
    self.isDue[order.id] = isDue
  }

  /// Notes that a person refused an order's reward.
  func enter(refusalOf order: String) {
    isDue[order] = false
  }

  /// Notes that an order fell.
  func enter(fallOf order: String) {
    fallen.insert(order)
  }

  /// Notes a card that the test made.
  func enter(foreignReward id: String) {
    foreign.insert(id)
  }

  /// Compares what can be spent at the store with what is due.
  func count(at store: SandboxStore) async throws -> Count {
    let today = Date().storeText
    let spendable =
      await store.cards.filter { $0.isActive && $0.currentBalance > 0 }
      .map { $0.metadata[GiftCard.rewardIDKey] ?? $0.id }
      + store.vouchers.filter { !$0.listings.isEmpty && ($0.endDate ?? "9999") > today }.map {
        $0.rewardID ?? $0.id
      }
    var found = spendable.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
    var count = Count(orders: isDue.count)
    for (order, isDue) in isDue {
      let identity = RewardIdentity(storeAddress: address.canonical, orderID: order)
      let rewardID = try RewardKeys.id(of: identity).uuidString.lowercased()
      let rewards = found.removeValue(forKey: rewardID) ?? 0
      if fallen.contains(order) {
        if rewards > 0 { count.activeAfterTakeBack.append(order) }
        continue
      }
      if isDue && rewards == 0 { count.lost.append(order) }
      if rewards > (isDue ? 1 : 0) { count.doubled.append(order) }
    }
    count.doubled += found.keys.filter { !foreign.contains($0) }
    return count
  }
}

extension SandboxVoucher {
  /// The id of the reward that it is, from its name.
  fileprivate var rewardID: String? {
    guard let last = name?.split(separator: " ").last, last.utf8.count == 36 else { return nil }
    return String(last)
  }
}
