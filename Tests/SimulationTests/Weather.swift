import Domain
import RandomTesting

/// How rough a run is.
struct Weather {
  var workers = 2
  /// By how much a replica of the store can lag.
  var lag = 0
  /// How long a call to the store is on its way at most, and its answer.
  var travel = 80
  /// How often a step ends in a crash, or is slow, in percent.
  var crashes = 0.0
  var stalls = 0.0
  /// How often a call to the store goes wrong in each of its ways, in percent.
  var callFaults = 0.0
  /// Whether webhooks tell when the order changed; polls always do.
  var hintsTellTime = true
  /// When the store is down.
  var outage = 0..<0
  /// Until when things go wrong.
  var calmAt = 0
  /// Whether the ledger is put back in this run.
  var hasPutBack = false
}

extension Simulation {
  /// Draws how rough this run is.
  func drawWeather() {
    weather.workers = random.number(1, 4)
    weather.lag = [0, 2_000, 120_000][random.number(0, 2)]
    weather.travel = [80, 80, 3_000][random.number(0, 2)]
    weather.crashes = [0, 1, 5][random.number(0, 2)]
    weather.stalls = [0, 1, 3][random.number(0, 2)]
    weather.callFaults = [0, 2, 6][random.number(0, 2)]
    weather.hintsTellTime = random.chance(50)
    weather.calmAt = 100 * 60_000
    weather.hasPutBack = random.chance(30)
    if random.chance(15) {
      let start = random.number(0, 60 * 60_000)
      let length = random.chance(20) ? random.number(60, 120) : random.number(1, 20)
      weather.outage = start..<start + length * 60_000
      weather.calmAt = max(weather.calmAt, weather.outage.upperBound)
    }
  }

  /// Draws the orders and what becomes of them.
  func drawOrders() {
    // Sometimes all come at once, and are decided side by side.
    let isRush = random.chance(25)
    for index in 0..<random.number(3, 7) {
      let start = random.number(0, isRush ? 500 : 40 * 60_000)
      var claim = SimulatedOrder.Claim.friend
      if random.chance(5) { claim = .ownCode } else if random.chance(5) { claim = .unknownCode }
      let before = index > 0 ? orders[index - 1] : nil
      // After a put-back two orders of one buyer can be decided the other way round, so that each
      // has its code; the promise is one reward for each order.
      let isRival =
        !weather.hasPutBack && before?.claim == .friend && before?.rival == nil
        && random.chance(10)
      orders.append(
        SimulatedOrder(
          index: index, claim: isRival ? .friend : claim,
          channel: random.chance(50) ? world.order.channel : SimulatedProgramme.channel,
          rival: isRival ? index - 1 : nil, refused: random.chance(50) ? .referrer : .friend,
          refusedUntil: random.chance(4) ? start + random.number(1, 50) * 60_000 : 0))
      planLife(of: index, from: start, isPaidAtOnce: isRush || random.chance(40))
    }
  }

  private func planLife(of index: Int, from start: Int, isPaidAtOnce: Bool) {
    let paidAfter = isPaidAtOnce ? 0 : random.number(100, 20 * 60_000)
    let isPaid = !random.chance(8)
    if paidAfter > 0 || !isPaid { after(start) { self.change(index, to: .unpaid) } }
    if isPaid { after(start + paidAfter) { self.change(index, to: .paid) } }
    if random.chance(40) {
      let end: SimulatedOrder.Phase =
        isPaid
        ? [.canceled, .refunded, .partlyRefunded][random.number(0, 2)] : .canceled
      // Most of what is hard happens while the reward is being issued.
      let delay =
        random.chance(60)
        ? random.number(1, 6_000)
        : random.chance(50) ? random.number(1, 120_000) : random.number(1, 40 * 60_000)
      after(start + (isPaid ? paidAfter : 0) + delay) { self.change(index, to: end) }
    } else if random.chance(10) {
      after(start + paidAfter + random.number(1_000, 40 * 60_000)) {
        self.deactivateByStaff(index)
      }
    }
  }

  /// Draws whether the ledger is put back, and to when.
  func drawPutBack() {
    guard weather.hasPutBack else { return }
    let time = random.number(60_000, 90 * 60_000)
    let age = random.chance(50) ? random.number(1, 60_000) : random.number(1, 60 * 60_000)
    var backup: SimulatedLedger?
    after(max(0, time - age)) { backup = self.ledger }
    let meetsPoll = random.chance(50)
    after(time) {
      guard let backup else { return }
      if meetsPoll { self.backupForPoll = backup } else { self.putBack(backup) }
    }
  }

  /// A put-back that is to meet a poll comes while this one is under way.
  func notePoll() {
    guard let backup = backupForPoll else { return }
    backupForPoll = nil
    after(random.number(1, weather.travel)) { self.putBack(backup) }
  }

  private func putBack(_ backup: SimulatedLedger) {
    count(.ledgerPutBack)
    tell(nil, "the ledger is put back to an older state")
    ledger = backup
    let verdict = LedgerVerdict.of(
      LedgerVerdict.Ledger(marks: backup.marks), store: store.marks, keys: [backup.marks.key],
      remembered: nil)
    if verdict == .restored && !sabotage.contains(.putBackUnnoticed) {
      ledger.marks.generation = (store.marks?.generation ?? 0) + 1
      ledger.notePutBack(at: now)
    }
    ledger.changedAt = now
    mayHaveWork = true
    // Whoever is stopped by it starts again; a process that was asleep may not notice.
    for worker in workers where random.chance(50) { worker.crash() }
  }
}
