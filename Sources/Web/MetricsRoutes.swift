import FoundationEssentials
package import Hummingbird
import Ledger
package import Monitoring
package import Postgres

/// Where Prometheus asks. What is told has no secret and no person in it, and needs no key.
package struct MetricsRoutes: Sendable {
  private let version: String
  private let startedAt = Date()
  private let metrics: Metrics
  private let gauges: LedgerGauges
  private let pool: @Sendable () -> Pool.Statistics
  private let terms: @Sendable () -> String

  /// Tells what `metrics` has counted, what `gauges` reads, how `pool` is used, and which version
  /// of the rules holds.
  package init(
    version: String, metrics: Metrics, gauges: LedgerGauges,
    pool: @escaping @Sendable () -> Pool.Statistics,
    terms: @escaping @Sendable () -> String
  ) {
    self.version = version
    self.metrics = metrics
    self.gauges = gauges
    self.pool = pool
    self.terms = terms
  }

  /// Adds the route.
  package func add(to router: some RouterMethods<some RequestContext>) {
    router.get("metrics") { _, _ in
      let reading = await gauges.reading()
      let families = process + metrics.families + Self.ledger(reading)
      return Response(
        status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
        body: .init(byteBuffer: .init(string: families.map(\.text).joined())))
    }
  }

  private var process: [MetricFamily] {
    let pool = pool()
    return [
      MetricFamily(
        "laurel_build_info", .gauge, help: "Always 1; the label tells the version.",
        samples: [.init(labels: [("version", version)], value: 1)]),
      MetricFamily(
        "laurel_config_info", .gauge,
        help: "Always 1; the label tells which version of the rules this process goes by.",
        samples: [.init(labels: [("version", terms())], value: 1)]),
      MetricFamily(
        "process_start_time_seconds", .gauge, help: "When this process started, in Unix time.",
        samples: [.init(value: startedAt.timeIntervalSince1970)]),
      MetricFamily(
        "laurel_database_connections", .gauge,
        help: "Connections of this process to the database, by what they do.",
        samples: [
          .init(labels: [("state", "idle")], value: Double(pool.idle)),
          .init(labels: [("state", "used")], value: Double(pool.open - pool.idle)),
        ]),
      MetricFamily(
        "laurel_database_waiting", .gauge,
        help: "Callers in this process that wait for a connection to the database.",
        samples: [.init(value: Double(pool.waiting))]),
    ]
  }

  private static func ledger(_ reading: GaugeRepository.Reading?) -> [MetricFamily] {
    let up = MetricFamily(
      "laurel_database_up", .gauge,
      help: "Whether the ledger could be read just now; without it the gauges below are missing.",
      samples: [.init(value: reading == nil ? 0 : 1)])
    guard let reading else { return [up] }
    return [
      up,
      MetricFamily(
        "laurel_queue_depth", .gauge,
        help: "Pieces of work in the ledger by stage: due, or waiting for a later attempt.",
        samples: reading.queues.flatMap { queue in
          [("due", queue.due), ("later", queue.later)].compactMap { state, count in
            count.map {
              .init(labels: [("stage", queue.stage), ("state", state)], value: Double($0))
            }
          }
        }),
      MetricFamily(
        "laurel_queue_oldest_age_seconds", .gauge,
        help: "For how long the oldest due piece of work of a stage has been due; 0 without any.",
        samples: reading.queues.map {
          .init(labels: [("stage", $0.stage)], value: Double($0.oldestAge))
        }),
      MetricFamily(
        "laurel_ledger_stopped", .gauge,
        help:
          "Whether nothing is issued until the App's marks are in order: laurel restore --status.",
        samples: [.init(value: reading.isStopped ? 1 : 0)]),
      MetricFamily(
        "laurel_rewards", .gauge, help: "Rewards in the ledger by status.",
        samples: reading.rewards.sorted { $0.key < $1.key }.map {
          .init(labels: [("status", $0.key)], value: Double($0.value))
        }),
      MetricFamily(
        "laurel_reviews_open", .gauge, help: "Cases that wait for somebody's decision.",
        samples: [.init(value: Double(reading.openReviews))]),
      MetricFamily(
        "laurel_quarantined", .gauge,
        help: "Pieces of work by stage that ended every process that tried them.",
        samples: reading.queues.map {
          .init(
            labels: [("stage", $0.stage)], value: Double(reading.quarantined[$0.stage] ?? 0))
        }),
    ] + (reading.reconciliation.map(comparison) ?? [])
      + (reading.history.map(history) ?? [])
  }

  private static func comparison(_ last: GaugeRepository.Comparison) -> [MetricFamily] {
    [
      MetricFamily(
        "laurel_reconcile_differences", .gauge,
        help: "Differences between ledger and store that the last comparison left.",
        samples: [.init(value: Double(last.differences))]),
      MetricFamily(
        "laurel_reconcile_age_seconds", .gauge,
        help: "How long ago the last comparison of ledger and store came to its end.",
        samples: [.init(value: Double(last.age))]),
    ]
  }

  private static func history(_ progress: HistoryRepository.Progress) -> [MetricFamily] {
    [
      MetricFamily(
        "laurel_history_complete", .gauge,
        help: "Whether the orders from before the store's connection have all been read.",
        samples: [.init(value: progress.isComplete ? 1 : 0)]),
      MetricFamily(
        "laurel_history_orders", .gauge,
        help: "Past orders: read so far, and how many there were when the reading began.",
        samples: [
          .init(labels: [("state", "read")], value: Double(progress.seen)),
          .init(labels: [("state", "total")], value: Double(progress.total ?? 0)),
        ]),
    ]
  }
}
