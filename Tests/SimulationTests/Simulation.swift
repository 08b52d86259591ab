import Domain
import RandomTesting

/// One run: a shop, its orders, the program that pays for them, and everything that goes wrong,
/// all of it drawn from the seed. The same seed is the same run, step by step.
///
/// For a while the storm blows: faults, crashes, a ledger put back. Then it is calm, and everything
/// has to come to rest. All times are milliseconds of virtual time.
final class Simulation {
  static let lease = 60_000
  static let callDeadline = 20_000
  /// How long a reward is tried before a human is told.
  static let rewardPatience = 3_600_000
  /// How long an order is waited for.
  static let orderPatience = 6 * 3_600_000
  /// How long a day of a hold is in a run.
  static let holdDay = 600_000
  static let pollInterval = 600_000
  static let pollOverlap = 600_000
  static let reconcileInterval = 3_600_000
  /// How long after the storm all has to be settled.
  static let settlingTime = 24 * 3_600_000

  let seed: Int
  let world: GivenWorld
  let sabotage: Set<Sabotage>
  /// Whether the story is written down.
  let isTold: Bool
  var random: SeededGenerator
  var now = 0
  var orders: [SimulatedOrder] = []
  var store = SimulatedStore()
  var ledger: SimulatedLedger
  var workers: [SimulatedWorker] = []
  var weather = Weather()
  var programme = SimulatedProgramme([], minimum: nil)
  var faults = [Int](repeating: 0, count: Fault.allCases.count)
  var violations: [Violation] = []
  private(set) var story: [(order: Int?, line: String)] = []
  /// Calls that the store still has to carry out.
  var callsUnderWay = 0
  /// When the last complete poll and the last complete reconciliation began.
  var polledAt = -1
  var reconciledAt = -1
  /// Whether the ledger or a worker changed, so that somebody may have something to do.
  var mayHaveWork = true
  /// What the ledger is put back to when the next poll begins.
  var backupForPoll: SimulatedLedger?
  private var queue = EventQueue()

  init(seed: Int, world: GivenWorld, sabotage: Set<Sabotage> = [], isTold: Bool = false) {
    self.seed = seed
    self.world = world
    self.sabotage = sabotage
    self.isTold = isTold
    random = SeededGenerator(seed: seed)
    ledger = SimulatedLedger(orders: 0)
  }

  /// Runs to the end and judges.
  func run() -> RunReport {
    drawWeather()
    drawProgramme()
    drawOrders()
    drawPutBack()
    ledger = SimulatedLedger(orders: orders.count)
    workers = (0..<weather.workers).map { SimulatedWorker(name: "worker \($0)", in: self) }
    let end = weather.calmAt + Self.settlingTime
    var settledAt: Int?
    wakeWorkers()
    while let (time, action) = queue.next(), time < end {
      now = time
      action()
      if now > weather.calmAt && isSettled {
        settledAt = now
        break
      }
      wakeWorkers()
    }
    return judge(settledAt: settledAt)
  }

  /// Does `action` in `delay` milliseconds.
  func after(_ delay: Int, _ action: @escaping () -> Void) {
    queue.add(at: now + delay, action)
  }

  /// Whether faults happen now.
  var isStormy: Bool { now < weather.calmAt }

  /// Notes that a fault happened.
  func count(_ fault: Fault) { faults[fault.rawValue] += 1 }

  /// Writes a line of the story, of one order or of all.
  func tell(_ order: Int? = nil, _ line: @autoclosure () -> String) {
    guard isTold else { return }
    let time = "\(now / 60_000)m\(now / 1000 % 60)s\(now % 1000)"
    let subject = order.map { "order-\($0) " } ?? ""
    story.append((order, "\(time) \(subject)\(line())"))
  }

  /// A transaction of the ledger; `nil` when it fails.
  func commit<Value>(_ body: (inout SimulatedLedger) -> Value) -> Value? {
    if isStormy && random.chance(0.5) {
      count(.ledgerRefusedCommit)
      return nil
    }
    mayHaveWork = true
    ledger.marks.position += 1
    store.marks = ledger.marks
    return body(&ledger)
  }

  private func wakeWorkers() {
    guard mayHaveWork else { return }
    mayHaveWork = false
    let due = ledger.nextDue
    for worker in workers { worker.planWork(due) }
  }

  /// Everything is at rest, and a poll and a reconciliation have seen that it is.
  private var isSettled: Bool {
    let restingSince = max(ledger.changedAt, store.changedAt, weather.calmAt) + weather.lag
    return polledAt > restingSince && reconciledAt > restingSince && callsUnderWay == 0
      && ledger.isQuiet && workers.allSatisfy(\.isIdle)
  }
}
