package import Logging
package import Monitoring
import NIOConcurrencyHelpers
import ServiceLifecycle

/// A stage of the work as a service: claims jobs, runs a bounded number of them at once, and waits
/// when there are none.
///
/// On shutdown it claims nothing more and lets the running jobs end.
package struct Stage: Service {
  /// One piece of claimed work. It handles its own failures.
  package typealias Job = @Sendable () async -> Void

  private let name: String
  private let width: Int
  private let share: WorkShare
  private let interval: Duration
  private let wakeup: Wakeup
  private let metrics: Metrics
  private let log: Logger
  private let claim: @Sendable (Int) async throws -> [Job]

  /// A stage called `name` that runs at most `width` jobs at once, and no more than its `share`, and looks for work when `wakeup`
  /// says so, at the latest after `interval`. `claim` gives up to as many jobs as it is asked for.
  package init(
    name: String, width: Int, share: WorkShare = WorkShare(), interval: Duration = .seconds(1),
    wakeup: Wakeup,
    metrics: Metrics = Metrics(), log: Logger,
    claim: @escaping @Sendable (Int) async throws -> [Job]
  ) {
    self.name = name
    self.width = width
    self.share = share
    self.interval = interval
    self.wakeup = wakeup
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
    let running = NIOLockedValueBox(0)
    await withDiscardingTaskGroup { group in
      var failures = 0
      while !isStopping() {
        let width = min(width, share.width)
        let free = max(0, width - running.withLockedValue { $0 })
        var jobs: [Job] = []
        if free > 0 {
          do {
            jobs = try await claim(free)
            failures = 0
          } catch {
            failures += 1
            log.log(
              level: failures == 1 ? .error : .debug, "stage cannot claim work",
              metadata: ["stage": "\(name)", "error": "\(error)"])
          }
        }
        for job in jobs {
          running.withLockedValue { $0 += 1 }
          metrics.attempts.add(name)
          group.addTask {
            await job()
            let wasFull = running.withLockedValue { count in
              count -= 1
              return count >= width - 1
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
