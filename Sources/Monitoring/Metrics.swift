/// What one process counts, from its start on.
package struct Metrics: Sendable {
  /// Deliveries, by event and by what the store was told.
  package let deliveries = Counter(
    "laurel_deliveries_total", labels: ["event", "outcome"],
    help: "Webhook requests by event (other: none that is acted on, none: not read) and by outcome."
  )
  /// Genuine deliveries that the store made long ago.
  package let lateDeliveries = Counter(
    "laurel_late_deliveries_total", labels: [],
    help: "Genuine deliveries that the store had made more than an hour before they came.")
  /// Decisions on orders, by outcome and by the rule that refused or waits.
  package let decisions = Counter(
    "laurel_decisions_total", labels: ["outcome", "rule"],
    help: "Looks at orders by outcome (approved, rejected, waiting) and by the rule that decided.")
  /// Pieces of work that a stage began, each time that it was tried.
  package let attempts = Counter(
    "laurel_attempts_total", labels: ["stage"],
    help: "Pieces of work that were begun, repeated attempts included, by stage.")
  /// Calls of the store's API, by operation and by how they ended.
  package let storeCalls = Histogram(
    "laurel_store_call_duration_seconds", labels: ["operation", "outcome"],
    bounds: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
    help: "Calls of the store's API by operation and outcome (ok: the store gave a usable answer).")
  /// Requests for invitations' links, by what became of them.
  package let clicks = Counter(
    "laurel_clicks_total", labels: ["outcome"],
    help: "Invitations' links by outcome (counted, unknown, prefetch, unchecked, dropped).")
  /// Questions about codes, by what they were told.
  package let validations = Counter(
    "laurel_validations_total", labels: ["outcome"],
    help: "Questions about codes by outcome (valid, invalid, limited, failed).")
  /// What the limits on storefronts' requests kept from the ledger.
  package let limited = Counter(
    "laurel_limited_total", labels: ["limit"],
    help: "Storefronts' requests that a limit held back, by the limit (address, customer, all).")

  /// Nothing counted yet.
  package init() {}

  /// Everything as it stands now.
  package var families: [MetricFamily] {
    [
      deliveries.family, lateDeliveries.family, decisions.family, attempts.family,
      storeCalls.family, clicks.family, validations.family, limited.family,
    ]
  }
}
