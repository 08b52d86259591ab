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
      claim.order, "\(name) claims the reward, \(claim.row.state.rawValue) \(claim.row.epoch)")
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
      goal, rewardID: simulation.orders[claim.order].rewardID, isOverdue: claim.isOverdue)
    let code =
      simulation.sabotage.contains(.drawnCode)
      ? "DRAWN\(simulation.random.next())"
      : simulation.code(of: claim.order, version: claim.row.version)
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
        simulation.tell(claim.order, "\(self.name) asks: \(call)")
        simulation.send(.attempt(call, order: claim.order, code: code)) { answer in
          self.step {
            var attempt = attempt
            var heard = PromoCodeAttempt.Answer.failed(isRetryable: true, "no answer")
            if case .attempt(let answer) = answer { heard = answer }
            simulation.tell(claim.order, "\(self.name) hears: \(heard)")
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
    guard simulation.sabotage.contains(.activateAfterCreate), outcome.event == .exists,
      let code = outcome.code
    else {
      return step { self.write(outcome, claim) }
    }
    step {
      self.simulation.send(.activate(code)) { _ in self.step { self.write(outcome, claim) } }
    }
  }

  private func write(_ outcome: PromoCodeAttempt.Outcome, _ claim: Claim) {
    let simulation = simulation
    let now = simulation.now
    let wait = simulation.world.retry.wait(
      beforeAttempt: claim.row.attempts, using: &simulation.random
    ).milliseconds
    let effects = simulation.commit { ledger in
      let effects = ledger.apply(
        outcome.event, to: claim.order, claim,
        isGuarded: !simulation.sabotage.contains(.unguardedTransition), wait: wait, at: now)
      if effects != nil, let code = outcome.code { ledger.rewards[claim.order]?.storeID = code.id }
      return effects
    }
    switch effects {
    case nil: simulation.tell(claim.order, "the ledger refuses a commit")
    case nil?:
      simulation.count(.lateCommitRefused)
      simulation.tell(claim.order, "\(name) comes too late with: \(outcome.event.rawValue)")
    case let effects??:
      simulation.tell(claim.order, "\(name) writes: \(outcome.event.rawValue)")
      if effects.contains(.confirm) { noteAdoption(outcome, claim) }
      if effects.contains(.report) { simulation.callHuman(claim.order) }
    }
    step { self.finish() }
  }

  private func noteAdoption(_ outcome: PromoCodeAttempt.Outcome, _ claim: Claim) {
    guard let putBackAt = simulation.ledger.putBackAt,
      let id = outcome.code.flatMap({ Int($0.id) }),
      simulation.store.codes[id].madeAt < putBackAt
    else { return }
    simulation.count(.adoptedAfterPutBack)
    simulation.tell(claim.order, "code \(id) is adopted")
  }

  private func tryNextVersion(_ claim: Claim) {
    let now = simulation.now
    _ = simulation.commit { ledger in
      if ledger.apply(.unclear, to: claim.order, claim, at: now) != nil {
        ledger.rewards[claim.order]?.version += 1
      }
    }
    step { self.finish() }
  }

  /// Puts the label on a card that exists; it is a convenience and given up after some attempts.
  private func label(_ claim: Claim) {
    let simulation = simulation
    guard let code = simulation.storedCode(of: claim.order), code.kind == .giftCard else {
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
  func storedCode(of order: Int) -> StoredCode? {
    guard let id = ledger.rewards[order]?.storeID.flatMap({ Int($0) }) else { return nil }
    return store.codes[id].stored(at: now, id: id)
  }
}
