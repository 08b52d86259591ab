import Domain
import RandomTesting

/// What is asked of the store.
enum StoreCall {
  case readOrder(Int)
  case ordersChanged(since: Int)
  case attempt(PromoCodeAttempt.Call, OrderSide, RewardKind, code: String)
  case activate(StoredCode)
  case tag(StoredCode)
  case listCodes
}

/// What the store answers.
enum StoreAnswer {
  case order((time: Int, phase: SimulatedOrder.Phase)?)
  case changes([(order: Int, time: Int)])
  case attempt(PromoCodeAttempt.Answer)
  case codes([(side: OrderSide, code: StoredCode)])
  case done
  case failed
}

extension Simulation {
  /// Sends a call; the store may carry it out before it answers, long after it was given up, or
  /// never, and the answer may be lost.
  func send(_ call: StoreCall, _ answer: @escaping (StoreAnswer) -> Void) {
    let travel = random.number(5, weather.travel)
    let back = random.number(5, weather.travel)
    if weather.outage.contains(now) {
      count(.serverOutage)
      // What a store in trouble answers does not say what it has done.
      if random.chance(10) { carryOut(call, after: travel) { _ in } }
      return after(random.chance(30) ? Self.callDeadline : travel + back) { answer(.failed) }
    }
    guard isStormy, random.chance(weather.callFaults * 4) else {
      return carryOut(call, after: travel) { result in self.after(back) { answer(result) } }
    }
    switch random.number(0, 3) {
    case 0:
      count(.answerLost)
      carryOut(call, after: travel) { _ in }
      after(random.chance(50) ? Self.callDeadline : travel + back) { answer(.failed) }
    case 1:
      count(.appliedLate)
      let delay = random.chance(50) ? random.number(100, 30_000) : random.number(1_000, 900_000)
      carryOut(call, after: delay) { _ in }
      after(min(delay - 1, Self.callDeadline)) { answer(.failed) }
    case 2:
      count(.neverApplied)
      after(random.chance(30) ? Self.callDeadline : travel + back) { answer(.failed) }
    default:
      count(.errorAfterSave)
      carryOut(call, after: travel) { _ in self.after(back) { answer(.failed) } }
    }
  }

  private func carryOut(
    _ call: StoreCall, after delay: Int, _ answer: @escaping (StoreAnswer) -> Void
  ) {
    callsUnderWay += 1
    after(delay) {
      guard case .tag(let code) = call, let id = Int(code.id) else {
        self.callsUnderWay -= 1
        return answer(self.perform(call))
      }
      // An update of a card reads the whole row and saves it whole.
      let wasActive = self.store.codes[id].isActive
      let hangs = self.isStormy && self.random.chance(10)
      self.after(self.random.number(1, hangs ? 60_000 : 200)) {
        self.callsUnderWay -= 1
        self.save(id, isActive: wasActive)
        answer(.done)
      }
    }
  }

  /// A save of a whole row: what another call saved since the row was read is undone.
  private func save(_ id: Int, isActive: Bool) {
    guard isActive, !store.codes[id].isActive else { return }
    count(.deactivationUndone)
    tell(store.codes[id].side.order, "another save has code \(id) active again")
    store.set(id, isActive: true, at: now)
  }

  private func perform(_ call: StoreCall) -> StoreAnswer {
    switch call {
    case .readOrder(let order): return .order(orders[order].version(at: seenAt()))
    case .ordersChanged(let since):
      let seen = seenAt()
      return .changes(
        orders.compactMap { order in
          order.version(at: seen).flatMap { $0.time > since ? (order.index, $0.time) : nil }
        })
    case .attempt(let call, let side, let kind, let code):
      return .attempt(perform(call, side, kind, code))
    case .listCodes:
      let seen = seenAt()
      return .codes(
        store.codes.indices.compactMap { id in
          store.codes[id].stored(at: seen, id: id).map { (store.codes[id].side, $0) }
        })
    case .activate(let code):
      if let id = Int(code.id) { set(id, isActive: true) }
      return .done
    case .tag: return .done
    }
  }

  private func perform(
    _ call: PromoCodeAttempt.Call, _ side: OrderSide, _ kind: RewardKind, _ text: String
  ) -> PromoCodeAttempt.Answer {
    switch call {
    case .create(let isActive):
      if orders[side.order].refused == side.role && now < orders[side.order].refusedUntil {
        count(.callRefused)
        return .refused("the store refuses it for now")
      }
      guard
        let made = store.make(text, kind: kind, for: side, isActive: isActive, at: now)
      else {
        count(.ownCodeMet)
        // The loser of a race can see a bare error in the place of the words (FACTS §6).
        return random.chance(20)
          ? .failed(isRetryable: true, "IntegrityError") : .codeTaken
      }
      tell(side.order, "the store makes code \(made.id) for the \(side.role), active: \(isActive)")
      if !isActive { count(.tombstoneMade) }
      if isActive { checkRevoked(side) }
      return .created(made)
    case .find:
      guard let found = store.find(text, at: seenAt()) else {
        count(.ownCodeHidden)
        return .notFound
      }
      return .found(found)
    case .complete(let code):
      if let id = Int(code.id) { store.complete(id, at: now) }
      return .done
    case .silence(let code):
      guard let id = Int(code.id) else { return .gone }
      let wasActive = store.codes[id].isActive
      set(id, isActive: false)
      // Staff may be at the same card.
      if isStormy && random.chance(2) {
        after(random.number(1, 500)) { self.save(id, isActive: wasActive) }
      }
      return .done
    }
  }

  private func set(_ id: Int, isActive: Bool) {
    let side = store.codes[id].side
    tell(side.order, "the store has code \(id) active: \(isActive)")
    store.set(id, isActive: isActive, at: now)
    if isActive { checkRevoked(side) }
  }

  /// A call of the program's must never bring money back that was taken back for good.
  private func checkRevoked(_ side: OrderSide) {
    if ledger[side]?.state == .revoked {
      violations.append(
        Violation(.activeAfterTakeBack, side.order, "came to life after it was revoked"))
    }
  }

  /// The time of which a read shows the store.
  private func seenAt() -> Int {
    weather.lag > 0 && random.chance(50) ? now - random.number(0, weather.lag) : now
  }
}
