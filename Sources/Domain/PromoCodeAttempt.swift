/// One attempt to have a reward's code at the store, without the talking: says which call comes
/// next, and in the end what the answers mean for the reward.
///
/// The store has no idempotency key, but its codes are unique on the writer. So a create is sent
/// first, always the same; only when it meets its own code is the code looked up, and a look-up that
/// finds nothing proves nothing, because a replica answers it.
package struct PromoCodeAttempt: Sendable {
  /// What is to come of the attempt.
  package enum Goal: Sendable, CaseIterable {
    /// The code exists and can be used.
    case create
    /// The code exists and can not be used.
    case silence
  }

  /// A call to the store.
  package enum Call: Sendable, Equatable {
    /// Make the code; inactive, it is a tombstone.
    case create(isActive: Bool)
    /// Look the code up, among the codes of both kinds.
    case find
    /// Give a voucher its worth in the channels where it has none.
    case complete(StoredCode)
    /// Deactivate a card, or end a voucher in the past.
    case silence(StoredCode)
  }

  /// What the store answered.
  package enum Answer: Sendable, Equatable {
    /// It made the code now.
    case created(StoredCode)
    /// A code of that text is there already.
    case codeTaken
    /// It shows the code.
    case found(StoredCode)
    /// It does not show the code.
    case notFound
    /// It did what was asked with what is there.
    case done
    /// What was there is gone.
    case gone
    /// It will never do what was asked; why.
    case refused(String)
    /// No usable answer, or an error that leaves the outcome open; whether the same call can
    /// succeed later, and what went wrong.
    case failed(isRetryable: Bool, String)
  }

  /// What the attempt came to.
  package struct Outcome: Sendable, Equatable {
    /// What it means for the reward.
    package let event: RewardLife.Event
    /// The code at the store, where it is known.
    package var code: StoredCode?
    /// Why it did not come to what it was for.
    package var reason: String?
  }

  /// What comes next.
  package enum Step: Sendable, Equatable {
    /// Make this call, and go on with its answer.
    case call(Call)
    /// The attempt is over.
    case over(Outcome)
  }

  private let goal: Goal
  private let rewardID: String
  private let isOverdue: Bool
  private var refusal: String?
  private var code: StoredCode?

  /// An attempt for the reward `rewardID`; `isOverdue` when it has been tried for longer than an
  /// outage lasts, so that this attempt is the last before a human is told.
  package init(_ goal: Goal, rewardID: String, isOverdue: Bool) {
    self.goal = goal
    self.rewardID = rewardID
    self.isOverdue = isOverdue
  }

  /// The call with which the attempt begins.
  package var start: Step { .call(.create(isActive: goal == .create)) }

  /// What comes after `answer`.
  package mutating func next(after answer: Answer) -> Step {
    switch answer {
    case .created(let made): return goal == .create ? use(made) : over(.silenced, made)
    case .codeTaken: return .call(.find)
    case .found(let found): return meet(found)
    case .notFound: return miss()
    case .done: return over(goal == .create ? .exists : .silenced, code)
    case .gone: return open("the code was there, and is gone")
    case .refused(let reason): return refuse(reason)
    case .failed(let isRetryable, let reason):
      return goal == .create && !isRetryable ? over(.refused, nil, reason) : open(reason)
    }
  }

  /// The code that is there, made now or by an attempt whose answer was lost.
  private mutating func use(_ stored: StoredCode) -> Step {
    code = stored
    return stored.isActive && stored.isIncomplete
      ? .call(.complete(stored)) : over(.exists, stored)
  }

  private mutating func meet(_ found: StoredCode) -> Step {
    if let other = found.rewardID, other != rewardID {
      return over(.contradicted, found, "the code belongs to reward \(other) at the store")
    }
    switch goal {
    case .create: return found.isTombstone ? over(.silenced, found) : use(found)
    case .silence:
      // Asked even of one that is shown as inactive: only the writer's word counts.
      code = found
      return .call(.silence(found))
    }
  }

  private func miss() -> Step {
    guard let refusal else {
      return open("the code exists, but the store does not show it yet")
    }
    // A create that is still on its way may come true after a refusal of its like; taking back
    // waits for it as long as for an answer.
    return goal == .create || isOverdue ? over(.refused, nil, refusal) : open(refusal)
  }

  /// What the store refuses now it may have done before: the code is looked up once.
  private mutating func refuse(_ reason: String) -> Step {
    guard code == nil else {
      return goal == .create ? over(.refused, code, reason) : open(reason)
    }
    refusal = reason
    return .call(.find)
  }

  private func open(_ reason: String) -> Step {
    over(isOverdue ? .outOfPatience : .unclear, code, reason)
  }

  private func over(
    _ event: RewardLife.Event, _ code: StoredCode?, _ reason: String? = nil
  ) -> Step {
    .over(Outcome(event: event, code: code, reason: reason))
  }
}
