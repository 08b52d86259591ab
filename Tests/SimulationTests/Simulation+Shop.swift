import Domain
import RandomTesting
import Work

extension Simulation {
  /// The order becomes something else at the store, and the store says so.
  func change(_ order: Int, to phase: SimulatedOrder.Phase) {
    if hasFallen(phase) { countFall(of: order) }
    orders[order].past.append((now, phase))
    tell(order, "is \(phase.rawValue) at the store")
    let hint = SimulatedLedger.Hint(
      order: order, time: now, tellsTime: weather.hintsTellTime, isPolled: false)
    if isStormy && random.chance(15) {
      count(.deliveryLost)
      tell(order, "the delivery of it is lost")
      return
    }
    var delay = random.number(20, 3_000)
    if isStormy && random.chance(12) {
      count(.deliveryLate)
      delay = random.number(5_000, 310_000)
    }
    after(delay) { self.deliver(hint, attempt: 1) }
    if isStormy && random.chance(20) {
      count(.deliveryRepeated)
      after(delay + random.number(1, 400_000)) { self.deliver(hint, attempt: 1) }
    }
  }

  /// The store tries again when nobody takes the delivery, six times in all (FACTS §3).
  private func deliver(_ hint: SimulatedLedger.Hint, attempt: Int) {
    if workers.contains(where: \.isUp), let isNew = commit({ $0.insert(hint) }) {
      tell(hint.order, isNew ? "delivered" : "delivered again")
    } else if attempt < 6 {
      after(10_000 << (attempt - 1)) { self.deliver(hint, attempt: attempt + 1) }
    } else {
      count(.deliveryLost)
      tell(hint.order, "the store gives the delivery up")
    }
  }

  private func countFall(of order: Int) {
    let rows = OrderSide.both(of: order).compactMap { ledger[$0] }
    if rows.isEmpty, ledger.referrals[order]?.heldUntil != nil { count(.fellWhileHeld) }
    switch rows.first?.state {
    case nil, .pending: count(.fellBeforeIssue)
    case .creating: count(.fellDuringIssue)
    default: count(.fellAfterIssue)
    }
  }

  /// Staff switch the order's card off, if there is one.
  func deactivateByStaff(_ order: Int) {
    for id in store.codes.indices where store.codes[id].side.order == order {
      guard store.codes[id].isActive else { continue }
      count(.cardDeactivatedByStaff)
      tell(order, "staff deactivate code \(id)")
      store.set(id, isActive: false, at: now, byStaff: true)
    }
  }

  /// Somebody looks at a dead letter after a while, and has it tried again.
  func callHuman(_ side: OrderSide) {
    guard ledger[side]?.state == .dead else { return }
    count(.deadLetter)
    after(random.number(600_000, 3_600_000)) {
      guard self.ledger[side]?.state == .dead else { return }
      self.count(.triedAgainByHuman)
      self.tell(side.order, "a human has it tried again")
      _ = self.ledger.apply(.retried, to: side, at: self.now)
      self.mayHaveWork = true
    }
  }

  /// Whether an order of this phase cannot have a reward that stands.
  func hasFallen(_ phase: SimulatedOrder.Phase) -> Bool {
    switch phase {
    case .canceled, .refunded: true
    case .partlyRefunded: programme.hasMinimum
    case .unpaid, .paid: false
    }
  }

  /// The code of a reward, as the real program derives it.
  func code(of side: OrderSide, campaign: String, version: Int) -> String {
    let identity = RewardIdentity(
      storeAddress: "https://shop.example.com/graphql/", orderID: orders[side.order].id,
      campaignID: campaign, role: side.role, version: version)
    if let known = orders[side.order].codes[identity] { return known }
    let code = (try? world.keys.code(of: identity, keyID: world.keys.newestID)) ?? nil
    orders[side.order].codes[identity] = code
    return code ?? "no key"
  }
}
