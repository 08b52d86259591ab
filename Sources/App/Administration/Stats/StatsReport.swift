import Domain
import FoundationEssentials
import Ledger

/// What `laurel stats` tells, for a person or a program.
struct StatsReport: Encodable, Sendable {
  /// A line of a breakdown.
  struct Line: Encodable, Sendable {
    /// The day, code, campaign or channel; `nil` where that is not known.
    let key: String?
    /// Its figures.
    let figures: StatsFigures
  }

  /// What refused orders, or what they wait for.
  struct RuleLine: Encodable, Sendable {
    /// The rule; `nil` for orders that were not looked at yet.
    let rule: String?
    /// How many orders.
    let orders: Int
  }

  /// How many referrers are named.
  private static let topCount = 10

  private let from: String
  private let until: String
  private let timeZone: String
  private let campaign: String?
  private let channel: String?
  private let by: String?
  private let total: StatsFigures
  private let lines: [Line]?
  private let topReferrers: [Line]
  private let refusedBy: [RuleLine]
  private let waitingFor: [RuleLine]

  /// Puts a report together.
  init(
    _ scope: FunnelRepository.Scope, by breakdown: FunnelRepository.Breakdown?,
    codes: StatsTally, lines: StatsTally?
  ) {
    from = scope.first.description
    until = scope.last.description
    timeZone = scope.timeZone
    campaign = scope.campaign
    channel = scope.channel
    by = breakdown?.rawValue
    total = codes.total
    topReferrers = Array(
      Self.best(codes).lazy.filter { $0.figures.orders > 0 }.prefix(Self.topCount))
    refusedBy = Self.rules(codes.refused)
    waitingFor = Self.rules(codes.waiting)
    self.lines = lines.map {
      breakdown == .day
        ? Self.lines($0).sorted { ($0.key ?? "") < ($1.key ?? "") } : Self.best($0)
    }
  }

  private static func lines(_ tally: StatsTally) -> [Line] {
    tally.lines.map { Line(key: $0.key.isEmpty ? nil : $0.key, figures: $0.value) }
  }

  /// What brought most counted orders first.
  private static func best(_ tally: StatsTally) -> [Line] {
    lines(tally).sorted { left, right in
      let (one, other) = (left.figures, right.figures)
      if one.counted != other.counted { return one.counted > other.counted }
      if one.orders != other.orders { return one.orders > other.orders }
      if one.clicks != other.clicks { return one.clicks > other.clicks }
      return (left.key ?? "") < (right.key ?? "")
    }
  }

  private static func rules(_ counts: [String?: Int]) -> [RuleLine] {
    counts.map { RuleLine(rule: $0.key, orders: $0.value) }
      .sorted { ($1.orders, $0.rule ?? "") < ($0.orders, $1.rule ?? "") }
  }

  // MARK: Text

  /// The report as tables.
  var text: String {
    let of = [campaign.map { "campaign \($0)" }, channel.map { "channel \($0)" }]
      .compactMap(\.self)
    var parts = [(["\(from) to \(until)", timeZone] + of).joined(separator: ", "), funnel]
    parts += total.currencies.map { Self.table($0.money, $0.currency) }
    if let lines, let by { parts.append(table(lines, heading: by.uppercased())) }
    if !topReferrers.isEmpty { parts.append(table(topReferrers, heading: "TOP CODE")) }
    if !refusedBy.isEmpty { parts.append(Self.table(refusedBy, heading: "REFUSED BY")) }
    if !waitingFor.isEmpty { parts.append(Self.table(waitingFor, heading: "WAITING FOR")) }
    return parts.joined(separator: "\n\n")
  }

  private var funnel: String {
    var table = TextTable()
    table.add(["clicks", "\(total.clicks)"])
    if let registrations = total.registrations, let ordered = total.registrationsWithOrder {
      table.add(["registrations", "\(registrations)"])
      table.add(["  ordered with a code", "\(ordered)", Self.percent(total.orderedShare)])
    }
    table.add([
      "orders", "\(total.orders)", total.ordersPerClick.map { "\(Self.percent($0)) of clicks" },
    ])
    table.add(["  waiting", "\(total.waiting)"])
    table.add(["    held back", "\(total.held)"])
    table.add(["  in review", "\(total.inReview)"])
    table.add(["  refused", "\(total.refused)"])
    table.add(["  counted", "\(total.counted)"])
    table.add(["new customers", "\(total.newCustomers)"])
    return table.text
  }

  private static func table(_ money: StatsMoney, _ currency: Currency) -> String {
    var table = TextTable(["\(currency)", "REWARDS", "AMOUNT"])
    func add(_ name: String, _ sum: FunnelRepository.Rewards.Sum) {
      table.add([name, "\(sum.count)", "\(sum.amount)"])
    }
    func add(_ name: String, _ amount: Decimal?) {
      table.add([name, "", amount.map { "\($0)" }])
    }
    add("value of counted orders", money.value)
    add("owed", money.owed)
    add("issued", money.issued)
    add("  standing", money.standing)
    add("    above what is earned", money.excess)
    add("  expired", money.expired)
    add("  taken back", money.takenBack)
    add("redeemed", money.redeemed)
    add("  of what stands no more", money.spentBefore)
    add("cost", money.cost)
    add("cost per new customer", money.costPerCustomer(currency))
    add("redeemed per new customer", money.redeemedPerCustomer(currency))
    add("return", money.earnings)
    return table.text
  }

  private func table(_ lines: [Line], heading: String) -> String {
    let registers = lines.contains { $0.figures.registrations != nil }
    var table = TextTable(
      [heading, "CLICKS"] + (registers ? ["REGISTERED"] : [])
        + ["ORDERS", "COUNTED", "NEW CUSTOMERS", "VALUE", "COST", "REDEEMED"])
    for line in lines {
      let figures = line.figures
      var cells = [line.key, "\(figures.clicks)"]
      if registers { cells.append(figures.registrations.map { "\($0)" }) }
      cells += ["\(figures.orders)", "\(figures.counted)", "\(figures.newCustomers)"]
      cells += [
        Self.amounts(figures, \.value), Self.amounts(figures, \.cost),
        Self.amounts(figures, \.redeemed.amount),
      ]
      table.add(cells)
    }
    return table.text
  }

  private static func table(_ lines: [RuleLine], heading: String) -> String {
    var table = TextTable([heading, "ORDERS"])
    for line in lines { table.add([line.rule, "\(line.orders)"]) }
    return table.text
  }

  private static func amounts(
    _ figures: StatsFigures, _ amount: (StatsMoney) -> Decimal
  ) -> String? {
    let amounts = figures.currencies.map { "\(amount($0.money)) \($0.currency)" }
    return amounts.isEmpty ? nil : amounts.joined(separator: ", ")
  }

  /// With one digit, rounded half up.
  private static func percent(_ share: Decimal?) -> String {
    share.map { "\(($0 * 100).rounded(digits: 1))%" } ?? "-"
  }
}
