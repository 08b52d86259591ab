import Domain
import FoundationEssentials
import Ledger

/// The funnel of one day, code, campaign or channel, or of all: what was counted, and what follows.
struct StatsFigures: Encodable, Sendable {
  /// Followed invitations.
  private(set) var clicks = 0
  /// Customers who registered with a code; `nil` where that cannot be told apart.
  private(set) var registrations: Int?
  /// Those of them who placed an order with a code by now.
  private(set) var registrationsWithOrder: Int?
  /// Orders with a code.
  private(set) var orders = 0
  /// Of them those that are not decided, those that are held back among them.
  private(set) var waiting = 0
  /// Those that are held back for some days after the payment.
  private(set) var held = 0
  /// Those that somebody has to look at.
  private(set) var inReview = 0
  /// Those that earned nothing, or lost it again.
  private(set) var refused = 0
  /// Those that count.
  private(set) var counted = 0
  /// Buyers of counted orders of whom no earlier paid order is known.
  private(set) var newCustomers = 0
  /// What it brought in and cost, by currency.
  private(set) var money: [Currency: StatsMoney] = [:]

  /// Nothing yet; without `registrations` they are not told.
  init(registrations: Bool) {
    guard registrations else { return }
    self.registrations = 0
    registrationsWithOrder = 0
  }

  /// How many orders came of a click; `nil` without clicks.
  var ordersPerClick: Decimal? { Self.share(orders, of: clicks) }

  /// Which part of the registered ordered with a code; `nil` without registrations.
  var orderedShare: Decimal? {
    registrations.flatMap { Self.share(registrationsWithOrder ?? 0, of: $0) }
  }

  /// The currencies in their sequence.
  var currencies: [(currency: Currency, money: StatsMoney)] {
    money.sorted { $0.key.code < $1.key.code }.map { ($0.key, $0.value) }
  }

  /// Counts followed invitations in.
  mutating func add(_ more: FunnelRepository.Clicks) { clicks += more.count }

  /// Counts registrations in, which are told from then on.
  mutating func add(_ more: FunnelRepository.Registrations) {
    registrations = (registrations ?? 0) + more.count
    registrationsWithOrder = (registrationsWithOrder ?? 0) + more.ordered
  }

  /// Counts orders in. What they brought in counts with those that count, in the currency in which
  /// they were paid; new customers also in that of the rewards, which is what each of them cost.
  mutating func add(_ more: FunnelRepository.Orders) {
    orders += more.count
    switch more.state {
    case "tracked":
      waiting += more.count
      if more.rule == "hold" { held += more.count }
    case "review": inReview += more.count
    case "rejected": refused += more.count
    default:
      counted += more.count
      newCustomers += more.newCustomers
      if let currency = more.currency {
        money[currency, default: StatsMoney()].value += more.value
      }
      if let currency = more.costCurrency {
        money[currency, default: StatsMoney()].newCustomers += more.newCustomers
      }
    }
  }

  /// Counts rewards in, under their currency.
  mutating func add(_ more: FunnelRepository.Rewards) {
    money[more.currency, default: StatsMoney()].add(more)
  }

  /// With four digits, rounded half up.
  private static func share(_ part: Int, of whole: Int) -> Decimal? {
    whole > 0 ? (Decimal(part) / Decimal(whole)).rounded(digits: 4) : nil
  }

  // MARK: JSON

  private enum Keys: String, CodingKey {
    case clicks, registrations, registrationsWithOrder, orders, waiting, held, inReview, refused
    case counted, newCustomers, ordersPerClick, orderedShare, money
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(clicks, forKey: .clicks)
    try container.encodeIfPresent(registrations, forKey: .registrations)
    try container.encodeIfPresent(registrationsWithOrder, forKey: .registrationsWithOrder)
    try container.encode(orders, forKey: .orders)
    try container.encode(waiting, forKey: .waiting)
    try container.encode(held, forKey: .held)
    try container.encode(inReview, forKey: .inReview)
    try container.encode(refused, forKey: .refused)
    try container.encode(counted, forKey: .counted)
    try container.encode(newCustomers, forKey: .newCustomers)
    try container.encodeIfPresent(ordersPerClick.map { "\($0)" }, forKey: .ordersPerClick)
    try container.encodeIfPresent(orderedShare.map { "\($0)" }, forKey: .orderedShare)
    try container.encode(
      currencies.map { StatsMoney.Report($0.money, $0.currency) }, forKey: .money)
  }
}
