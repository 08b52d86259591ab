import Domain
import Ledger

/// The figures of a range, line by line and in all.
struct StatsTally: Sendable {
  /// All together.
  private(set) var total: StatsFigures
  /// By day, code, campaign or channel; empty where that is not known.
  private(set) var lines: [String: StatsFigures] = [:]
  /// How many orders were refused by what.
  private(set) var refused: [String?: Int] = [:]
  /// How many orders wait for what.
  private(set) var waiting: [String?: Int] = [:]

  private let tellsRegistrations: Bool

  /// Reads the figures. Clicks, orders and rewards are told apart by every `breakdown`; registrations
  /// are of no campaign and of no channel.
  /// - Throws: `PostgresError`, `LedgerError`.
  init(
    _ funnel: FunnelRepository, store: StoreID, _ scope: FunnelRepository.Scope,
    by breakdown: FunnelRepository.Breakdown
  ) async throws {
    tellsRegistrations =
      scope.campaign == nil && scope.channel == nil && [.day, .code].contains(breakdown)
    total = StatsFigures(registrations: tellsRegistrations)
    for clicks in try await funnel.clicks(store: store, scope, by: breakdown) {
      add(clicks.key) { $0.add(clicks) }
    }
    if tellsRegistrations {
      for registrations in try await funnel.registrations(store: store, scope, by: breakdown) {
        add(registrations.key) { $0.add(registrations) }
      }
    }
    for orders in try await funnel.orders(store: store, scope, by: breakdown) {
      add(orders.key) { $0.add(orders) }
      if orders.state == "rejected" { refused[orders.rule, default: 0] += orders.count }
      if orders.state == "tracked" { waiting[orders.rule, default: 0] += orders.count }
    }
    for rewards in try await funnel.rewards(store: store, scope, by: breakdown) {
      add(rewards.key) { $0.add(rewards) }
    }
  }

  private mutating func add(_ key: String, _ change: (inout StatsFigures) -> Void) {
    change(&total)
    change(&lines[key, default: StatsFigures(registrations: tellsRegistrations)])
  }
}
