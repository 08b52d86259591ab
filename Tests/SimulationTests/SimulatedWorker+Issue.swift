import Domain
import RandomTesting

extension SimulatedWorker {
  private typealias Claim = SimulatedLedger.RewardClaim

  /// Claims a reward that is due, and does what its life asks for.
  func issue() -> Bool {
    let simulation = simulation
    let now = simulation.now
    guard
      let claimed = simulation.commit({ ledger in
        ledger.claimReward(
          at: now, lease: Simulation.lease, patience: Simulation.rewardPatience)
      }), let claim = claimed
    else { return false }
    simulation.tell(
      claim.side.order,
      "\(name) claims the \(claim.side.role)'s reward, \(claim.row.state.rawValue) \(claim.row.epoch)"
    )
    if claim.effects.contains(.create) {
      begin(.create, claim)
    } else if claim.effects.contains(.silence) {
      begin(.silence, claim)
    } else {
      label(claim)
    }
    return true
  }

  private func begin(_ goal: PromoCodeAttempt.Goal, _ claim: Claim) {
    let attempt = PromoCodeAttempt(
      goal, rewardID: claim.side.rewardID, isOverdue: claim.isOverdue)
    let code =
      simulation.sabotage.contains(.drawnCode)
      ? "DRAWN\(simulation.random.next())"
      : simulation.code(
        of: claim.side, campaign: claim.row.grant.campaignID, version: claim.row.version)
    goOn(attempt, attempt.start, claim, code)
  }

  private func goOn(
    _ attempt: PromoCodeAttempt, _ next: PromoCodeAttempt.Step, _ claim: Claim, _ code: String
  ) {
    let simulation = simulation
    switch next {
    case .over(let outcome): end(outcome, claim)
    case .call(let call):
      step {
        simulation.tell(claim.side.order, "\(self.name) asks: \(call)")
        simulation.send(.attempt(call, claim.side, claim.row.grant.kind, code: code)) { answer in
          self.step {
            var attempt = attempt
            var heard = PromoCodeAttempt.Answer.failed(isRetryable: true, "no answer")
            if case .attempt(let answer) = answer { heard = answer }
            simulation.tell(claim.side.order, "\(self.name) hears: \(heard)")
            if simulation.sabotage.contains(.takenIsFailure), heard == .codeTaken {
              return self.tryNextVersion(claim)
            }
            let next = attempt.next(after: heard)
            self.goOn(attempt, next, claim, code)
          }
        }
      }
    }
  }

  private func end(_ outcome: PromoCodeAttempt.Outcome, _ claim: Claim) {
    if simulation.sabotage.contains(.siblingsSeenBeforeLock) {
      let seen = simulation.ledger
      return step { self.write(outcome, claim, siblings: seen) }
    }
    guard simulation.sabotage.contains(.activateAfterCreate), outcome.event == .exists,
      let code = outcome.code
    else {
      return step { self.write(outcome, claim) }
    }
    step {
      self.simulation.send(.activate(code)) { _ in self.step { self.write(outcome, claim) } }
    }
  }

  /// - Parameter siblings: the ledger in which the order's other reward is looked at; `nil` for the
  ///   one that is written to.
  private func write(
    _ outcome: PromoCodeAttempt.Outcome, _ claim: Claim, siblings: SimulatedLedger? = nil
  ) {
    let simulation = simulation
    let now = simulation.now
    let wait = simulation.world.retry.wait(
      beforeAttempt: claim.row.attempts, using: &simulation.random
    ).milliseconds
    let effects = simulation.commit { ledger in
      let effects = ledger.apply(
        outcome.event, to: claim.side, claim,
        isGuarded: !simulation.sabotage.contains(.unguardedTransition), wait: wait, at: now)
      if effects != nil, let code = outcome.code { ledger[claim.side]?.storeID = code.id }
      let order = claim.side.order
      let isLast =
        (siblings ?? ledger).hasMadeAll(of: order, except: claim.side)
        || simulation.sabotage.contains(.rewardedByTheFirst)
      if effects?.contains(.confirm) == true, isLast { ledger.markRewarded(order) }
      return effects
    }
    if simulation.ledger.referrals[claim.side.order]?.state == .rewarded,
      !simulation.ledger.hasMadeAll(of: claim.side.order)
    {
      simulation.violations.append(
        Violation(.halfDone, claim.side.order, "is rewarded before all of its rewards exist"))
    }
    switch effects {
    case nil: simulation.tell(claim.side.order, "the ledger refuses a commit")
    case nil?:
      simulation.count(.lateCommitRefused)
      simulation.tell(claim.side.order, "\(name) comes too late with: \(outcome.event.rawValue)")
    case let effects??:
      simulation.tell(claim.side.order, "\(name) writes: \(outcome.event.rawValue)")
      if effects.contains(.confirm) { noteAdoption(outcome, claim) }
      if effects.contains(.report) { simulation.callHuman(claim.side) }
    }
    step { self.finish() }
  }

  private func noteAdoption(_ outcome: PromoCodeAttempt.Outcome, _ claim: Claim) {
    guard let putBackAt = simulation.ledger.putBackAt,
      let id = outcome.code.flatMap({ Int($0.id) }),
      simulation.store.codes[id].madeAt < putBackAt
    else { return }
    simulation.count(.adoptedAfterPutBack)
    simulation.tell(claim.side.order, "code \(id) is adopted")
  }

  private func tryNextVersion(_ claim: Claim) {
    let now = simulation.now
    _ = simulation.commit { ledger in
      if ledger.apply(.unclear, to: claim.side, claim, at: now) != nil {
        ledger[claim.side]?.version += 1
      }
    }
    step { self.finish() }
  }

  /// Puts the label on a card that exists; it is a convenience and given up after some attempts.
  private func label(_ claim: Claim) {
    let simulation = simulation
    guard let code = simulation.storedCode(of: claim.side), code.kind == .giftCard else {
      _ = simulation.commit { $0.finishLabel(claim, retryAt: nil, at: simulation.now) }
      return step { self.finish() }
    }
    step {
      simulation.send(.tag(code)) { answer in
        self.step {
          var retryAt: Int?
          if case .failed = answer, claim.row.attempts < 5 { retryAt = simulation.now + 5_000 }
          _ = simulation.commit { $0.finishLabel(claim, retryAt: retryAt, at: simulation.now) }
          self.step { self.finish() }
        }
      }
    }
  }
}

extension Simulation {
  /// The code that the ledger has noted for a reward.
  func storedCode(of side: OrderSide) -> StoredCode? {
    guard let id = ledger[side]?.storeID.flatMap({ Int($0) }) else { return nil }
    return store.codes[id].stored(at: now, id: id)
  }
}
