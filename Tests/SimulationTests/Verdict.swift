import Domain

/// Something that must not be.
struct Violation: Sendable, CustomStringConvertible {
  /// The promises that can be broken.
  enum Promise: String, CaseIterable, Sendable {
    case lost, doubled, activeAfterTakeBack, notDue, notSettled
  }

  let promise: Promise
  let order: Int?
  let reason: String

  init(_ promise: Promise, _ order: Int?, _ reason: String) {
    self.promise = promise
    self.order = order
    self.reason = reason
  }

  var description: String {
    "\(promise.rawValue): \(order.map { "order-\($0) " } ?? "")\(reason)"
  }
}

/// How a run went.
struct RunReport: Sendable {
  let seed: Int
  let orders: Int
  let due: Int
  let faults: [Int]
  let violations: [Violation]
  /// How long after the storm all was settled, in milliseconds.
  let settledAfter: Int?
  let story: [String]
}

extension Simulation {
  /// Counts at the store, order by order, by what the world knows.
  func judge(settledAt: Int?) -> RunReport {
    if settledAt == nil { violations.append(Violation(.notSettled, nil, unrest)) }
    var due = 0
    for order in orders {
      let codes = store.codes.filter { $0.order == order.index }
      if codes.count > 1 {
        violations.append(Violation(.doubled, order.index, "\(codes.count) codes at the store"))
      }
      let active = codes.count { $0.isActive }
      if order.phase.hasFallen {
        if active > 0 {
          violations.append(
            Violation(.activeAfterTakeBack, order.index, "fell, and its code is active"))
        }
        if let state = ledger.rewards[order.index]?.state,
          state != .revoked && state != .rejected
        {
          violations.append(
            Violation(.notSettled, order.index, "fell, and the ledger says \(state.rawValue)"))
        }
      } else if !isOpen(order), isDue(order) {
        due += 1
        if !codes.contains(where: { $0.isWorthSomething || $0.isOffByStaff }) {
          violations.append(Violation(.lost, order.index, "is due, and has no code in force"))
        }
        checkLedger(order)
      } else if !isOpen(order), active > 0 {
        violations.append(Violation(.notDue, order.index, "earns nothing, and has a code in force"))
      }
    }
    let told = Set(violations.compactMap(\.order))
    let lines = story.filter { told.isEmpty || $0.order.map(told.contains) ?? true }
    return RunReport(
      seed: seed, orders: orders.count, due: due, faults: faults, violations: violations,
      settledAfter: settledAt.map { $0 - weather.calmAt }, story: lines.map(\.line))
  }

  /// Of two orders of one buyer the one that was decided first is due.
  private func isDue(_ order: SimulatedOrder) -> Bool {
    guard order.isDue else { return false }
    guard let rival = rival(of: order) else { return true }
    return !store.codes.contains { $0.order == rival.index }
  }

  /// Whether it hangs on the moment at which the buyer's other order fell.
  private func isOpen(_ order: SimulatedOrder) -> Bool {
    rival(of: order)?.phase.hasFallen ?? false
  }

  private func rival(of order: SimulatedOrder) -> SimulatedOrder? {
    orders.first { $0.index != order.index && $0.buyer == order.buyer }
  }

  private func checkLedger(_ order: SimulatedOrder) {
    guard let row = ledger.rewards[order.index] else {
      return violations.append(Violation(.lost, order.index, "is due, and the ledger owes nothing"))
    }
    if row.state != .issued {
      violations.append(
        Violation(.lost, order.index, "is due, and the ledger says \(row.state.rawValue)"))
    }
  }

  private var unrest: String {
    let rewards = ledger.rewards.indices.compactMap { order in
      ledger.rewards[order].map { "order-\(order) \($0.state.rawValue)" }
    }
    return "still at work a day after the storm: \(rewards), calls \(callsUnderWay)"
  }
}
