import Domain

/// One side of an order: whom a reward for it goes to.
struct OrderSide: Hashable {
  let order: Int
  let role: RewardIdentity.Role

  /// The side of `order` that `role` is.
  init(_ order: Int, _ role: RewardIdentity.Role) {
    self.order = order
    self.role = role
  }

  /// The side at a place of the ledger.
  init(index: Int) {
    self.init(index / 2, index % 2 == 0 ? .referrer : .friend)
  }

  /// Where the ledger keeps its reward.
  var index: Int { 2 * order + (role == .referrer ? 0 : 1) }

  var rewardID: String { "reward-\(order)-\(role.rawValue)" }

  /// Both sides of an order.
  static func both(of order: Int) -> [OrderSide] {
    [OrderSide(order, .referrer), OrderSide(order, .friend)]
  }
}
