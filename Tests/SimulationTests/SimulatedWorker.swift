import RandomTesting

/// A process of the program: claims work, does it step by step, and may end between any two steps.
final class SimulatedWorker {
  let name: String
  unowned let simulation: Simulation
  private(set) var isUp = true
  private(set) var isIdle = true
  /// What a process began before it ended is not gone on with by the next.
  private var life = 0
  private var plannedAt: Int?

  init(name: String, in simulation: Simulation) {
    self.name = name
    self.simulation = simulation
  }

  /// Goes on with `body` after `delay`, unless the process ends before or is slow.
  func step(after delay: Int = 1, _ body: @escaping () -> Void) {
    let life = life
    let simulation = simulation
    simulation.after(delay) { [self] in
      guard life == self.life else { return }
      guard simulation.isStormy else { return body() }
      if simulation.random.chance(simulation.weather.crashes) { return crash() }
      guard simulation.random.chance(simulation.weather.stalls) else { return body() }
      let stall = simulation.random.number(1_000, 5 * Simulation.lease)
      if stall > Simulation.lease { simulation.count(.workerSlow) }
      simulation.tell(nil, "\(name) is asleep for \(stall / 1000) s")
      let mark = simulation.faults[Fault.ledgerPutBack.rawValue]
      simulation.after(stall) {
        guard life == self.life else { return }
        if simulation.faults[Fault.ledgerPutBack.rawValue] != mark {
          simulation.count(.workerFromBefore)
        }
        body()
      }
    }
  }

  /// The process ends; another takes its place after a while.
  func crash() {
    guard isUp else { return }
    simulation.count(.workerCrashed)
    simulation.tell(nil, "\(name) crashes")
    life += 1
    isUp = false
    isIdle = false
    plannedAt = nil
    simulation.after(simulation.random.number(1_000, 120_000)) { [self] in
      isUp = true
      finish()
    }
  }

  /// The present piece of work is done, or left for the lease to run out.
  func finish() {
    isIdle = true
    simulation.mayHaveWork = true
  }

  /// Looks for work by itself at intervals: soon after there is some.
  func planWork(_ due: Int) {
    guard isIdle else { return }
    let time = max(due, simulation.now)
    if let plannedAt, plannedAt <= time + 1_000 { return }
    let start = time + simulation.random.number(0, 1_000)
    plannedAt = start
    simulation.after(start - simulation.now) { [self] in
      guard plannedAt == start else { return }
      plannedAt = nil
      guard isIdle else { return }
      isIdle = false
      step { self.work() }
    }
  }

  /// Takes the first work there is, beginning with any stage.
  private func work() {
    let stages = [link, decide, issue, poll, reconcile]
    let first = simulation.random.number(0, stages.count - 1)
    for offset in stages.indices where stages[(first + offset) % stages.count]() { return }
    finish()
  }

  private func link() -> Bool {
    guard !simulation.ledger.queue.isEmpty else { return false }
    let now = simulation.now
    _ = simulation.commit { $0.link(at: now) }
    step { self.finish() }
    return true
  }
}
