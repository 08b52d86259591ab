import Domain
import Rules

extension SimulatedWorker {
  private typealias Version = (time: Int, phase: SimulatedOrder.Phase)

  /// What is written of an order.
  private enum Course {
    case pays(Campaign, [RewardGrant])
    case holds(paidAt: Int, until: Int)
    case fell
    case earnsNothing
    /// Whose budgets had no room for what they would have given.
    case passedOver([(campaign: Campaign, grants: [RewardGrant])])
  }

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
    let seen = simulation.sabotage.isEmpty ? nil : simulation.ledger
    step {
      simulation.send(.readOrder(order)) { answer in
        self.step { self.settle(order, claim, answer, seen) }
      }
    }
    return true
  }

  private func settle(
    _ order: Int, _ claim: SimulatedLedger.Referral, _ answer: StoreAnswer,
    _ seen: SimulatedLedger?
  ) {
    let isKnownStale: (Int) -> Bool = { [simulation] time in
      time < claim.notBefore && !simulation.sabotage.contains(.staleOrderBelieved)
    }
    switch answer {
    case .order(let version?) where !isKnownStale(version.time):
      if claim.state == .tracked {
        let believed = claim.paidAt.map { (time: $0, phase: SimulatedOrder.Phase.paid) }
        let isBelieved = simulation.sabotage.contains(.heldOrderBelieved)
        decide(order, claim, isBelieved ? believed ?? version : version, seen)
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
    _ order: Int, _ claim: SimulatedLedger.Referral, _ version: Version, _ seen: SimulatedLedger?
  ) {
    let simulation = simulation
    let now = simulation.now
    let isOverdue = max(claim.since, claim.heldUntil ?? 0) < now - Simulation.orderPatience
    var waitsBy: String?
    var missing: RewardGrant?
    let outcome = simulation.commit { ledger in
      let facts = facts(order, version, ledger)
      let isSeenPaid = claim.paidAt != nil && !simulation.sabotage.contains(.refundEndsHold)
      let rules = isSeenPaid ? simulation.programme.heldRules : simulation.programme.rules
      var course: Course
      switch Decision.of(facts, by: rules) {
      case .approve: course = self.course(of: facts.order, claim, ledger, seen)
      case .reject(let rule, _):
        let isFall = [Requirement.orderStands, .paymentStands].map(\.name).contains(rule)
        course = isFall ? .fell : .earnsNothing
      case .wait(let rule, _):
        guard isOverdue else {
          waitsBy = rule
          return ""
        }
        course = .fell
      }
      if case .pays(let campaign, let grants) = course, grants.count > 1,
        simulation.sabotage.contains(.rewardsWrittenApart)
      {
        missing = grants.last
        course = .pays(campaign, grants.dropLast())
      }
      return write(course, order, claim, version, to: &ledger)
    }
    if let waitsBy {
      putBack(order, claim, by: simulation.world.recheck, waitsBy)
    } else {
      simulation.tell(order, "\(name) decides: \(outcome ?? "a commit that failed")")
    }
    if let missing, outcome != nil {
      step {
        _ = simulation.commit { ledger in
          ledger[OrderSide(order, missing.role)] =
            SimulatedLedger.Reward(state: .pending, grant: missing, dueAt: simulation.now)
        }
      }
    }
  }

  /// What follows for an order that meets the requirements: the first campaign that fits, and has
  /// enough left for it.
  ///
  /// - Parameter seen: the ledger as it was before this transaction, which some sabotage believes.
  private func course(
    of order: Order, _ claim: SimulatedLedger.Referral, _ ledger: SimulatedLedger,
    _ seen: SimulatedLedger?
  ) -> Course {
    let simulation = simulation
    if let paidAt = claim.paidAt, let until = claim.heldUntil, until > simulation.now {
      return .holds(paidAt: paidAt, until: until)
    }
    var passedOver: [(campaign: Campaign, grants: [RewardGrant])] = []
    let counted = simulation.sabotage.contains(.milestoneCountedUnlocked) ? seen ?? ledger : ledger
    let budgets = simulation.sabotage.contains(.budgetReadUnlocked) ? seen ?? ledger : ledger
    let choice = CampaignChoice(
      among: simulation.programme.campaigns, CampaignFacts(order: order))
    for campaign in choice.fitting {
      let grants = SimulatedProgramme.grants(of: campaign, for: order, in: counted)
      guard budgets.hasLeft(for: grants, of: campaign) else {
        simulation.count(.passedOver)
        passedOver.append((campaign, grants))
        continue
      }
      let paidAt = claim.paidAt ?? simulation.now
      let heldUntil = paidAt + campaign.holdDays * Simulation.holdDay
      return heldUntil > simulation.now
        ? .holds(paidAt: paidAt, until: heldUntil) : .pays(campaign, grants)
    }
    return .passedOver(passedOver)
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
    _ course: Course, _ order: Int, _ claim: SimulatedLedger.Referral,
    _ version: Version, to ledger: inout SimulatedLedger
  ) -> String {
    let simulation = simulation
    let now = simulation.now
    let holds = ledger.update(order, claim, isDecision: true, at: now) { row in
      row.dueAt = nil
      row.notBefore = max(row.notBefore, version.time)
      switch course {
      case .holds(let paidAt, let until):
        (row.paidAt, row.heldUntil, row.dueAt) = (paidAt, until, until)
        row.checks = 0
      case .pays(let campaign, let grants):
        row.state = grants.isEmpty ? .rewarded : .paid
        row.campaign = campaign.id
      case .fell, .earnsNothing, .passedOver: row.state = .rejected
      }
    }
    guard holds else {
      simulation.count(.lateCommitRefused)
      return "dropped, another event or worker came between"
    }
    let storeMayKnow = ledger.putBackAt.map { simulation.orders[order].placedAt <= $0 } ?? false
    switch course {
    case .holds(_, let until):
      simulation.count(.orderHeld)
      return "held back until \(until / 60_000)m"
    case .earnsNothing: return "earns nothing"
    case .passedOver(let candidates):
      for (campaign, grants) in candidates where ledger.hasLeft(for: grants, of: campaign) {
        simulation.violations.append(
          Violation(.lost, order, "found no campaign, and \(campaign.id) had enough left"))
      }
      return "belongs to no campaign"
    case .pays(let campaign, let grants):
      owe(grants, order, .due, storeMayKnow: storeMayKnow, to: &ledger)
      if let budget = campaign.budget.values.first, ledger.given(by: campaign.id) > budget {
        simulation.violations.append(
          Violation(.budgetPassed, order, "takes \(campaign.id) past its budget of \(budget)"))
      }
      for grant in grants where grant.milestone != nil { simulation.count(.milestoneReached) }
      return "\(campaign.id) pays \(grants.map { "\($0.role) \($0.money)" })"
    case .fell:
      owe(simulation.tombstones(of: order), order, .fell, storeMayKnow: storeMayKnow, to: &ledger)
      return "fell"
    }
  }

  private func owe(
    _ grants: [RewardGrant], _ order: Int, _ verdict: RewardLife.Verdict, storeMayKnow: Bool,
    to ledger: inout SimulatedLedger
  ) {
    guard let birth = RewardLife.birth(verdict, storeMayKnow: storeMayKnow) else { return }
    for grant in grants where ledger[OrderSide(order, grant.role)] == nil {
      if birth == .revoking { simulation.count(.silencedUnknown) }
      ledger[OrderSide(order, grant.role)] =
        SimulatedLedger.Reward(state: birth, grant: grant, dueAt: simulation.now)
    }
  }

  /// A decided order that another event named: does it still stand?
  private func review(
    _ order: Int, _ claim: SimulatedLedger.Referral, _ version: Version
  ) {
    let simulation = simulation
    let now = simulation.now
    let facts = Facts(
      order: simulation.orders[order].read(in: version.phase, of: simulation.world), code: nil)
    let stands = Decision.of(facts, by: simulation.programme.standing) == .approve
    let isTakenBack = simulation.commit { ledger in
      let holds = ledger.update(order, claim, isDecision: stands, at: now) { row in
        row.dueAt = nil
        row.notBefore = max(row.notBefore, version.time)
        if !stands { row.state = .fallen }
      }
      guard holds, !stands else { return false }
      let sides = OrderSide.both(of: order)
      for side in simulation.sabotage.contains(.oneSideTakenBack) ? Array(sides.prefix(1)) : sides {
        _ = ledger.apply(.takenBack, to: side, at: now)
      }
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

extension Simulation {
  /// The codes that a fallen order must not have: what a life of the ledger that is lost may have
  /// made for it.
  fileprivate func tombstones(of order: Int) -> [RewardGrant] {
    let paid = orders[order].read(in: .paid, of: world)
    let campaign = CampaignChoice(among: programme.campaigns, CampaignFacts(order: paid)).fitting
      .first
    return (campaign?.offers ?? []).map { offer in
      RewardGrant(
        campaignID: campaign?.id ?? "", role: offer.role, kind: offer.kind, money: paid.spending)
    }
  }
}

extension Duration {
  /// The duration in milliseconds.
  var milliseconds: Int {
    Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }
}
