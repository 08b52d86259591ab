import Ledger
package import Logging
package import Monitoring
import NIOConcurrencyHelpers
import ServiceLifecycle

/// A stage of the work as a service: claims jobs, runs a bounded number of them at once, and waits
/// when there are none. What was under way in a process that died runs alone, beyond that number:
/// it waits for its turn, and must not keep others from theirs.
///
/// It begins with a few jobs at once and doubles them as they end, so that a process that dies soon
/// after its start, and perhaps again and again, leaves little that has to run alone.
///
/// A claim costs the database the same for one job and for many. So while jobs of it are under way, a
/// stage claims at most every `pause`, by when there is room for several; when nothing is, at once.
///
/// On shutdown it claims nothing more and lets the running jobs end.
package struct Stage: Service {
  /// Claimed work. It handles its own failures.
  package struct Job: Sendable {
    /// What tells it from others of the stage.
    let key: String
    private let run: @Sendable () async -> Void

    /// Work with this key.
    package init(_ key: String, _ run: @escaping @Sendable () async -> Void) {
      self.key = key
      self.run = run
    }

    /// Does it.
    package func callAsFunction() async { await run() }
  }

  /// How long after a claim the next one comes at the earliest while jobs are under way. What a job
  /// loses by it is less than one call to a store takes.
  private static let pause = Duration.milliseconds(20)

  private let name: String
  private let width: Int
  private let share: WorkShare
  private let interval: Duration
  private let wakeup: Wakeup
  private let runs: Runs?
  private let metrics: Metrics
  private let log: Logger
  private let claim: @Sendable (Int) async throws -> [Job]

  /// A stage called `name` that runs at most `width` jobs at once, and no more than its `share`, and
  /// looks for work when `wakeup` says so, at the latest after `interval`. `claim` gives up to as
  /// many jobs as it is asked for, which are entered into `runs`; without that it may only do the
  /// work itself, and give none.
  package init(
    name: String, width: Int, share: WorkShare = WorkShare(), interval: Duration = .seconds(1),
    wakeup: Wakeup, runs: Runs? = nil, metrics: Metrics = Metrics(), log: Logger,
    claim: @escaping @Sendable (Int) async throws -> [Job]
  ) {
    self.name = name
    self.width = width
    self.share = share
    self.interval = interval
    self.wakeup = wakeup
    self.runs = runs
    self.metrics = metrics
    self.log = log
    self.claim = claim
  }

  /// Works until the shutdown.
  package func run() async throws {
    let isStopping = NIOLockedValueBox(false)
    await withTaskCancellationOrGracefulShutdownHandler {
      await work { isStopping.withLockedValue { $0 } }
    } onCancelOrGracefulShutdown: {
      isStopping.withLockedValue { $0 = true }
      wakeup.signal()
    }
  }

  private func work(isStopping: @escaping @Sendable () -> Bool) async {
    let room = NIOLockedValueBox(Room(width: width))
    await withDiscardingTaskGroup { group in
      var failures = 0
      var nextClaim = ContinuousClock.now
      while !isStopping() {
        if room.withLockedValue({ $0.running > 0 }) {
          try? await Task.sleep(until: nextClaim, clock: .continuous)
        }
        nextClaim = .now + Self.pause
        let free = room.withLockedValue { $0.free(atMost: share.width) }
        var jobs: [Job] = []
        var manners: [String: RunRepository.Manner] = [:]
        if free > 0 {
          do {
            jobs = try await claim(free)
            // What cannot be entered is not begun: its lease runs out by itself.
            manners = try await runs?.begin(name, jobs.map(\.key)) ?? [:]
            failures = 0
          } catch {
            jobs = []
            failures += 1
            log.log(
              level: failures == 1 ? .error : .debug, "stage cannot claim work",
              metadata: ["stage": "\(name)", "error": "\(error)"])
          }
        }
        for job in jobs {
          guard let manner = manners[job.key] else { continue }
          metrics.attempts.add(name)
          if manner == .alone {
            group.addTask { await runs?.alone(name, job.key, unless: isStopping) { await job() } }
            continue
          }
          room.withLockedValue { $0.running += 1 }
          group.addTask {
            await runs?.together(name, job.key) { await job() }
            let wasFull = room.withLockedValue { room in
              defer { room.end() }
              return room.free(atMost: share.width) == 0
            }
            if wasFull { wakeup.signal() }
          }
        }
        if jobs.count < free || free == 0 {
          await wakeup.wait(atMost: failures == 0 ? interval : .seconds(min(failures, 5)))
        }
      }
    }
  }
}

/// How many jobs may run at once.
private struct Room {
  /// How many it is in the end.
  let width: Int
  /// How many there are.
  var running = 0
  /// How many it is now.
  private var limit: Int

  init(width: Int) {
    self.width = width
    limit = min(2, width)
  }

  /// How many more it may be when all together may be `share`.
  func free(atMost share: Int) -> Int { max(0, min(limit, share) - running) }

  mutating func end() {
    running -= 1
    limit = min(limit + 1, width)
  }
}
