import Domain
import Rules

extension SimulatedWorker {
  private typealias Version = (time: Int, phase: SimulatedOrder.Phase)

  /// Claims an order that is due, reads it back, and decides on it, or looks whether it still
  /// stands.
  func decide() -> Bool {
    let simulation = simulation
    let now = simulation.now
    guard
      let claimed = simulation.commit({ $0.claimReferral(at: now, lease: Simulation.lease) }),
      let (order, claim) = claimed
    else { return false }
    simulation.tell(order, "\(name) claims the order, epoch \(claim.epoch)")
    step {
      simulation.send(.readOrder(order)) { answer in
        self.step { self.settle(order, claim, answer) }
      }
    }
    return true
  }

  private func settle(
    _ order: Int, _ claim: SimulatedLedger.Referral, _ answer: StoreAnswer
  ) {
    let isKnownStale: (Int) -> Bool = { [simulation] time in
      time < claim.notBefore && !simulation.sabotage.contains(.staleOrderBelieved)
    }
    switch answer {
    case .order(let version?) where !isKnownStale(version.time):
      if claim.state == .tracked {
        decide(order, claim, version)
      } else {
        review(order, claim, version)
      }
    case .order(let version):
      if version != nil { simulation.count(.staleOrderRead) }
      putBack(order, claim, by: simulation.world.recheck, "the store does not show it yet")
    default:
      putBack(order, claim, by: simulation.world.retry, "it could not be read")
    }
    step { self.finish() }
  }

  private func decide(
    _ order: Int, _ claim: SimulatedLedger.Referral, _ version: Version
  ) {
    let simulation = simulation
    let isOverdue = claim.since < simulation.now - Simulation.orderPatience
    var waitsBy: String?
    let outcome = simulation.commit { ledger in
      let verdict: RewardLife.Verdict
      switch Decision.of(facts(order, version, ledger), by: simulation.world.rules) {
      case .approve: verdict = .due
      case .reject(let rule, _): verdict = rule == Requirement.orderStands.name ? .fell : .notDue
      case .wait(let rule, _):
        guard isOverdue else {
          waitsBy = rule
          return ""
        }
        verdict = .fell
      }
      return write(verdict, order, claim, version.time, to: &ledger)
    }
    if let waitsBy {
      putBack(order, claim, by: simulation.world.recheck, waitsBy)
    } else {
      simulation.tell(order, "\(name) decides: \(outcome ?? "a commit that failed")")
    }
  }

  private func facts(_ order: Int, _ version: Version, _ ledger: SimulatedLedger) -> Facts {
    let subject = simulation.orders[order]
    let code = simulation.world.code
    var facts = Facts(
      order: subject.read(in: version.phase, of: simulation.world),
      code: subject.claim == .unknownCode ? nil : code)
    let rival = simulation.orders.first { $0.index != order && $0.buyer == subject.buyer }
    if let rival, let row = ledger.referrals[rival.index],
      row.state == .paid || row.state == .rewarded
    {
      facts.earlier = [.init(orderID: rival.id, orderNumber: rival.id, code: code.code.value)]
    }
    return facts
  }

  private func write(
    _ verdict: RewardLife.Verdict, _ order: Int, _ claim: SimulatedLedger.Referral,
    _ readAt: Int, to ledger: inout SimulatedLedger
  ) -> String {
    let simulation = simulation
    let now = simulation.now
    let holds = ledger.update(order, claim, isDecision: true, at: now) { row in
      row.state = verdict == .due ? .paid : .rejected
      row.dueAt = nil
      row.notBefore = max(row.notBefore, readAt)
    }
    guard holds else {
      simulation.count(.lateCommitRefused)
      return "dropped, another event or worker came between"
    }
    let storeMayKnow = ledger.putBackAt.map { simulation.orders[order].placedAt <= $0 } ?? false
    guard let birth = RewardLife.birth(verdict, storeMayKnow: storeMayKnow),
      ledger.rewards[order] == nil
    else { return "\(verdict)" }
    if birth == .revoking { simulation.count(.silencedUnknown) }
    ledger.rewards[order] = SimulatedLedger.Reward(state: birth, dueAt: now)
    return "\(verdict), the reward is \(birth.rawValue)"
  }

  /// A decided order that another event named: does it still stand?
  private func review(
    _ order: Int, _ claim: SimulatedLedger.Referral, _ version: Version
  ) {
    let simulation = simulation
    let now = simulation.now
    let facts = Facts(
      order: simulation.orders[order].read(in: version.phase, of: simulation.world), code: nil)
    let stands = Decision.of(facts, by: simulation.world.standing) == .approve
    let isTakenBack = simulation.commit { ledger in
      let holds = ledger.update(order, claim, isDecision: stands, at: now) { row in
        row.dueAt = nil
        row.notBefore = max(row.notBefore, version.time)
        if !stands { row.state = .fallen }
      }
      guard holds, !stands else { return false }
      _ = ledger.apply(.takenBack, to: order, at: now)
      return true
    }
    if isTakenBack == true { simulation.tell(order, "\(name) takes the reward back") }
  }

  private func putBack(
    _ order: Int, _ claim: SimulatedLedger.Referral, by policy: RetryPolicy, _ reason: String
  ) {
    let now = simulation.now
    let wait = policy.wait(beforeAttempt: claim.checks, using: &simulation.random).milliseconds
    _ = simulation.commit { ledger in
      ledger.update(order, claim, isDecision: true, at: now) { $0.dueAt = now + wait }
    }
    simulation.tell(order, "\(name) waits \(wait) ms: \(reason)")
  }
}

extension Duration {
  /// The duration in milliseconds.
  var milliseconds: Int {
    Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }
}
