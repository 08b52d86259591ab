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
    help: "Looks at orders by outcome (approved, rejected, review, waiting) and the deciding rule.")
  /// Decisions, by outcome.
  package let decisionOutcomes = Counter(
    "laurel_decision_outcomes_total", labels: ["outcome"],
    help: "Decisions on orders by outcome (approve, review, reject).")
  /// What the antifraud rules said, by rule.
  package let ruleOutcomes = Counter(
    "laurel_rule_outcomes_total", labels: ["rule", "result", "mode"],
    help: "What each antifraud rule said of decided orders (hit, miss, unknown, failed), by mode.",
    maximum: 2_000)
  /// Rules that used to hit and do not any more.
  package let silentRules = Gauge(
    "laurel_rule_silent", labels: ["store", "rule"],
    help: "1 when a rule that used to hit has not hit within 24 hours, though 10 hits were due.")
  /// Outcomes that have become more or less frequent.
  package let outcomeShifts = Gauge(
    "laurel_outcome_shift", labels: ["store", "outcome"],
    help: "By how much an outcome's share of the last 24 hours' decisions has jumped; else 0.")
  /// Attempts to take the file of the configuration over while the process runs.
  package let configReloads = Counter(
    "laurel_config_reloads_total", labels: ["outcome"],
    help: "Times that a signal had the file of the rules read again, by outcome (taken, refused).")
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
      deliveries.family, lateDeliveries.family, decisions.family, decisionOutcomes.family,
      ruleOutcomes.family, silentRules.family, outcomeShifts.family, configReloads.family,
      attempts.family, storeCalls.family,
      clicks.family, validations.family, limited.family,
    ]
  }
}
