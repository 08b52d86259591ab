import Domain
import Rules

extension Simulation {
  /// Counts at the store, order by order and side by side, by what the world knows.
  func judge(settledAt: Int?) -> RunReport {
    if settledAt == nil { note(.notSettled, nil, unrest) }
    var due = 0
    for order in orders { due += judge(order) }
    judgeCampaigns()
    let told = Set(violations.compactMap(\.order))
    let lines = story.filter { told.isEmpty || $0.order.map(told.contains) ?? true }
    return RunReport(
      seed: seed, orders: orders.count, due: due, faults: faults, violations: violations,
      settledAfter: settledAt.map { $0 - weather.calmAt }, story: lines.map(\.line))
  }

  /// Judges one order, and says how many rewards are due for it.
  private func judge(_ order: SimulatedOrder) -> Int {
    let sides = OrderSide.both(of: order.index)
    for side in sides where codes(of: side).count > 1 {
      note(.doubled, order.index, "\(codes(of: side).count) codes for the \(side.role)")
    }
    if hasFallen(order.phase) {
      for side in sides { judgeFallen(side) }
    } else if isDue(order) {
      return judgeDue(order)
    } else if isOpen(order) {
      judgeOpen(order)
    } else if sides.contains(where: { codes(of: $0).contains(where: \.isActive) }) {
      note(.notDue, order.index, "earns nothing, and has a code in force")
    }
    return 0
  }

  private func judgeFallen(_ side: OrderSide) {
    if codes(of: side).contains(where: \.isActive) {
      note(.activeAfterTakeBack, side.order, "fell, and the \(side.role)'s code is active")
    }
    if let row = ledger[side], row.stands {
      note(.notSettled, side.order, "fell, and the ledger says \(row.state.rawValue)")
    }
  }

  /// Of a due order every reward that its campaign gives exists; a budget can be used up before.
  private func judgeDue(_ order: SimulatedOrder) -> Int {
    let sides = OrderSide.both(of: order.index)
    let referral = ledger.referrals[order.index]
    let fitting = fittingCampaigns(order)
    if referral?.state == .rejected, fitting.allSatisfy({ !$0.budget.isEmpty }) {
      for side in sides where ledger[side] != nil || !codes(of: side).isEmpty {
        note(.notDue, order.index, "found no campaign, and the \(side.role) is paid")
      }
      return 0
    }
    guard referral?.state == .rewarded,
      let campaign = fitting.first(where: { $0.id == referral?.campaign })
    else {
      let state = "\(referral?.state.rawValue ?? "unknown") \(referral?.campaign ?? "")"
      note(.lost, order.index, "is due, and the ledger says \(state)")
      return 0
    }
    if campaign != fitting.first(where: \.budget.isEmpty), campaign.budget.isEmpty {
      note(.notDue, order.index, "is paid by \(campaign.id), which was not its turn")
    }
    var due = 0
    for side in sides {
      let offer = campaign.offers.first { $0.role == side.role }
      let row = ledger[side]
      // Which order reaches a milestone only the ledger knows: that is judged over all of them.
      if let offer, row != nil || !offer.amount.countsOrders {
        due += 1
        if row?.state != .issued || row?.grant.campaignID != campaign.id {
          let state = row?.state.rawValue ?? "nothing"
          note(.lost, order.index, "is due, and for the \(side.role) the ledger says \(state)")
        }
        if !codes(of: side).contains(where: { $0.isWorthSomething || $0.isOffByStaff }) {
          note(.lost, order.index, "is due, and the \(side.role) has no code in force")
        }
      } else if row != nil || codes(of: side).contains(where: \.isActive) {
        note(.notDue, order.index, "pays the \(side.role), who gets nothing")
      }
    }
    return due
  }

  /// Of an order that could be decided either way the store has what the ledger says, and all or
  /// nothing of it.
  private func judgeOpen(_ order: SimulatedOrder) {
    let sides = OrderSide.both(of: order.index)
    let rows = sides.compactMap { ledger[$0] }
    if Set(rows.map(\.stands)).count > 1 {
      note(.halfDone, order.index, "one of its rewards stands, and the other does not")
    }
    for side in sides {
      let stands = ledger[side]?.stands ?? false
      if !stands, codes(of: side).contains(where: \.isActive) {
        note(.notDue, order.index, "has a code in force that the ledger does not owe")
      }
      if stands, !codes(of: side).contains(where: { $0.isWorthSomething || $0.isOffByStaff }) {
        note(.lost, order.index, "the \(side.role)'s reward stands, and has no code in force")
      }
    }
    // What was once seen paid is not ended by a partial refund while it is held back.
    if rows.isEmpty, !weather.hasPutBack, rival(of: order) == nil, order.claim == .friend,
      let referral = ledger.referrals[order.index], referral.paidAt != nil,
      referral.state != .rewarded, fittingCampaigns(order).contains(where: \.budget.isEmpty)
    {
      note(.lost, order.index, "was held back, and ended by a partial refund")
    }
  }

  /// What holds over all orders: milestones once each, and budgets.
  private func judgeCampaigns() {
    let standing = ledger.rewards.compactMap(\.self).filter(\.stands).map(\.grant)
    for campaign in programme.campaigns {
      let grants = standing.filter { $0.campaignID == campaign.id }
      if let budget = campaign.budget.values.first, ledger.given(by: campaign.id) > budget {
        note(
          .budgetPassed, nil, "\(campaign.id) gave \(ledger.given(by: campaign.id)) of \(budget)")
      }
      let count = ledger.countingOrders(of: campaign.id)
      let hasLost = ledger.referrals.contains { $0?.state == .fallen }
      for offer in campaign.offers {
        guard case .milestones(let milestones) = offer.amount else { continue }
        for number in milestones.keys {
          let paid = grants.count { $0.role == offer.role && $0.milestone == number }
          if paid > 1 {
            note(.milestone, nil, "\(campaign.id) paid number \(number) \(paid) times")
          }
          if paid == 0, number <= count, !hasLost {
            note(
              .milestone, nil, "\(campaign.id) has \(count) orders, and not paid number \(number)")
          }
        }
      }
    }
  }

  private func note(_ promise: Violation.Promise, _ order: Int?, _ reason: String) {
    violations.append(Violation(promise, order, reason))
  }

  private func codes(of side: OrderSide) -> [SimulatedStore.Code] {
    store.codes.filter { $0.side == side }
  }

  private func fittingCampaigns(_ order: SimulatedOrder) -> [Campaign] {
    CampaignChoice(
      among: programme.campaigns, CampaignFacts(order: order.read(in: .paid, of: world))
    ).fitting
  }

  /// Whether rewards are due for it. Of two orders of one buyer they are for the one that was decided
  /// first.
  private func isDue(_ order: SimulatedOrder) -> Bool {
    guard order.claim == .friend, order.phase == .paid, !isOpen(order),
      !fittingCampaigns(order).isEmpty
    else { return false }
    return !(rival(of: order).flatMap { ledger.referrals[$0.index] }?.counts ?? false)
  }

  /// Whether it hangs on a moment: that at which the buyer's other order fell, or whether its partial
  /// refund came before it was seen paid.
  private func isOpen(_ order: SimulatedOrder) -> Bool {
    order.phase == .partlyRefunded && order.claim == .friend
      || rival(of: order).map { hasFallen($0.phase) } ?? false
  }

  private func rival(of order: SimulatedOrder) -> SimulatedOrder? {
    orders.first { $0.index != order.index && $0.buyer == order.buyer }
  }

  private var unrest: String {
    let rewards = ledger.rewards.indices.compactMap { index in
      ledger.rewards[index].map { "order-\(index / 2) \($0.grant.role) \($0.state.rawValue)" }
    }
    return "still at work a day after the storm: \(rewards), calls \(callsUnderWay)"
  }
}
