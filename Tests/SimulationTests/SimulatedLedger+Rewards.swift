import Domain

extension SimulatedLedger {
  /// The reward of one side of an order.
  subscript(side: OrderSide) -> Reward? {
    get { rewards[side.index] }
    set { rewards[side.index] = newValue }
  }

  /// What claims a worker makes on a reward.
  struct RewardClaim {
    let side: OrderSide
    let row: Reward
    let effects: [RewardLife.Effect]
    let isOverdue: Bool
  }

  /// Claims a reward that is due. A claim for the store's sake is an event of its life.
  mutating func claimReward(
    at now: Int, lease: Int, patience: Int
  ) -> RewardClaim? {
    for index in rewards.indices {
      guard var row = rewards[index], let due = row.dueAt, due <= now, row.leaseUntil < now else {
        continue
      }
      let effects: [RewardLife.Effect]
      (row.state, effects) = RewardLife.next(row.state, .claimed)
      row.leaseUntil = now + lease
      row.epoch += 1
      row.attempts += 1
      let since = row.triedSince ?? now
      row.triedSince = since
      rewards[index] = row
      changedAt = now
      return RewardClaim(
        side: OrderSide(index: index), row: row, effects: effects,
        isOverdue: since < now - patience)
    }
    return nil
  }

  /// Writes down what an event means for a reward, and gives what has to be done.
  ///
  /// - Parameters:
  ///   - claim: the claim of the worker whose answer the event is; `nil` says `nil` back when the
  ///     claim no longer holds. Without one the event is about the reward as it stands.
  ///   - isGuarded: false writes as the worker thinks that the reward stands.
  ///   - wait: how long to wait where the same is to be tried again.
  mutating func apply(
    _ event: RewardLife.Event, to side: OrderSide, _ claim: RewardClaim? = nil,
    isGuarded: Bool = true,
    wait: Int = 0, at now: Int
  ) -> [RewardLife.Effect]? {
    guard var row = self[side] else { return nil }
    var from = row.state
    if let claim {
      guard row.epoch == claim.row.epoch && row.state == claim.row.state || !isGuarded else {
        if row.epoch == claim.row.epoch { self[side]?.leaseUntil = 0 }
        return nil
      }
      row.leaseUntil = 0
      from = claim.row.state
    }
    let effects: [RewardLife.Effect]
    (row.state, effects) = RewardLife.next(from, event)
    guard claim != nil || row.state != from || !effects.isEmpty else { return [] }
    row.dueAt = effects.contains(.retryLater) || effects.contains(.silence) ? now + wait : nil
    if row.state != from {
      row.attempts = 0
      row.triedSince = nil
    }
    if effects.contains(.confirm) {
      row.isLabelDue = true
      row.dueAt = now
    }
    self[side] = row
    changedAt = now
    return effects
  }

  /// Notes that the label was put on, or was given up.
  mutating func finishLabel(_ claim: RewardClaim, retryAt: Int?, at now: Int) {
    guard var row = self[claim.side], row.epoch == claim.row.epoch else { return }
    row.leaseUntil = 0
    if row.state == claim.row.state {
      row.dueAt = retryAt
      row.isLabelDue = retryAt != nil
    }
    self[claim.side] = row
    changedAt = now
  }

  /// What is done with a ledger that was put back, before anybody works on it.
  mutating func notePutBack(at now: Int) {
    putBackAt = now
    for index in rewards.indices { _ = apply(.restored, to: OrderSide(index: index), at: now) }
  }
}
