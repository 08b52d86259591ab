import Domain

/// What the program finds out by itself, without an event.
extension SimulatedWorker {
  /// Reads which orders changed, and puts them into the inbox under keys of their own.
  func poll() -> Bool {
    let simulation = simulation
    let start = simulation.now
    guard simulation.ledger.pollDueAt <= start,
      let mark = simulation.commit({ ledger -> Int in
        ledger.pollDueAt = start + Simulation.pollInterval
        return ledger.pollMark
      })
    else { return false }
    step {
      simulation.notePoll()
      simulation.send(.ordersChanged(since: mark)) { answer in
        self.step {
          if case .changes(let changes) = answer { self.write(changes, mark, start) }
          self.step { self.finish() }
        }
      }
    }
    return true
  }

  private func write(_ changes: [(order: Int, time: Int)], _ mark: Int, _ start: Int) {
    let simulation = simulation
    let isWritten: Void? = simulation.commit { ledger in
      var reached = mark
      for change in changes {
        // The same change by webhook and by poll are two keys, as their bodies differ.
        let hint = SimulatedLedger.Hint(
          order: change.order, time: change.time, tellsTime: true, isPolled: true)
        if ledger.insert(hint) { simulation.tell(change.order, "found by the poll") }
        reached = max(reached, change.time)
      }
      // A run that began before the ledger was put back knows nothing of what this one lacks.
      if ledger.pollMark == mark || simulation.sabotage.contains(.pollMarkMovedBlindly) {
        ledger.pollMark = max(mark, reached - Simulation.pollOverlap)
      }
    }
    if isWritten != nil { simulation.polledAt = max(simulation.polledAt, start) }
  }

  /// Compares what is at the store, read first, with what the ledger says.
  func reconcile() -> Bool {
    let simulation = simulation
    let start = simulation.now
    guard simulation.ledger.reconcileDueAt <= start,
      simulation.commit({ $0.reconcileDueAt = start + Simulation.reconcileInterval }) != nil
    else { return false }
    step {
      simulation.send(.listCodes) { answer in
        self.step {
          if case .codes(let codes) = answer { self.compare(codes, start) }
          self.step { self.finish() }
        }
      }
    }
    return true
  }

  private func compare(_ codes: [(side: OrderSide, code: StoredCode)], _ start: Int) {
    let simulation = simulation
    let now = simulation.now
    let isWritten: Void? = simulation.commit { ledger in
      guard !simulation.sabotage.contains(.neverReconciled) else { return }
      for (side, code) in codes {
        switch ledger[side]?.state {
        case .revoked where code.isActive: _ = ledger.apply(.revived, to: side, at: now)
        case .dead where !code.isIncomplete:
          if ledger.apply(.exists, to: side, at: now) != nil {
            ledger[side]?.storeID = code.id
            if ledger.hasMadeAll(of: side.order) { ledger.markRewarded(side.order) }
          }
        default: continue
        }
        simulation.tell(side.order, "reconciled with code \(code.id)")
      }
    }
    if isWritten != nil { simulation.reconciledAt = max(simulation.reconciledAt, start) }
  }
}
