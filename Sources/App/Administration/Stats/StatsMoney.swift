import Domain
import FoundationEssentials
import Ledger

/// What counted orders brought in, and what the rewards of the same orders cost, in one currency.
/// Nothing is converted into another.
struct StatsMoney: Sendable {
  /// What counted orders brought in, as they were decided.
  var value = Decimal(0)
  /// New customers whose orders cost something in this currency, or earned nothing and were paid in
  /// it.
  var newCustomers = 0
  /// Rewards that are owed and not at the store yet.
  private(set) var owed = FunnelRepository.Rewards.Sum()
  /// Rewards that the store had, whatever became of them.
  private(set) var issued = FunnelRepository.Rewards.Sum()
  /// Of them those that can be used, or were.
  private(set) var standing = FunnelRepository.Rewards.Sum()
  /// Those of which something was spent, and how much.
  private(set) var redeemed = FunnelRepository.Rewards.Sum()
  /// Those that were taken back.
  private(set) var takenBack = FunnelRepository.Rewards.Sum()
  /// What had been spent of those that do not stand any more.
  private(set) var spentBefore = Decimal(0)
  /// Those that ended unused.
  private(set) var expired = FunnelRepository.Rewards.Sum()
  /// By how much standing ones are more than their partly refunded orders earn by now.
  private(set) var excess = Decimal(0)

  /// What the rewards cost: those that stand with their whole worth, of the others what was spent.
  var cost: Decimal { standing.amount + spentBefore }

  /// What a new customer cost; `nil` without one.
  func costPerCustomer(_ currency: Currency) -> Decimal? { perCustomer(cost, currency) }

  /// What was redeemed for each new customer; `nil` without one.
  func redeemedPerCustomer(_ currency: Currency) -> Decimal? {
    perCustomer(redeemed.amount, currency)
  }

  /// How often the orders brought in what their rewards cost, with two digits; `nil` without costs.
  var earnings: Decimal? { cost > 0 ? (value / cost).rounded(digits: 2) : nil }

  /// Adds the rewards of other orders.
  mutating func add(_ more: FunnelRepository.Rewards) {
    owed = owed + more.owed
    issued = issued + more.issued
    standing = standing + more.standing
    redeemed = redeemed + more.redeemed
    takenBack = takenBack + more.takenBack
    spentBefore += more.spentBefore
    expired = expired + more.expired
    excess += more.excess
  }

  private func perCustomer(_ amount: Decimal, _ currency: Currency) -> Decimal? {
    newCustomers > 0
      ? Money(amount: amount / Decimal(newCustomers), currency: currency).rounded.amount : nil
  }

  /// The same for programs; amounts as text, so that no reader makes a binary fraction of them.
  struct Report: Encodable, Sendable {
    /// A number of rewards and what they come to.
    struct Sum: Encodable, Sendable {
      /// How many.
      let count: Int
      /// How much.
      let amount: String

      fileprivate init(_ sum: FunnelRepository.Rewards.Sum) {
        count = sum.count
        amount = "\(sum.amount)"
      }
    }

    private let currency: String
    private let value: String
    private let newCustomers: Int
    private let owed: Sum
    private let issued: Sum
    private let standing: Sum
    private let redeemed: Sum
    private let takenBack: Sum
    private let spentBefore: String
    private let expired: Sum
    private let excess: String
    private let cost: String
    private let costPerCustomer: String?
    private let redeemedPerCustomer: String?
    private let `return`: String?

    /// What there is in this currency.
    init(_ money: StatsMoney, _ currency: Currency) {
      self.currency = currency.code
      value = "\(money.value)"
      newCustomers = money.newCustomers
      owed = Sum(money.owed)
      issued = Sum(money.issued)
      standing = Sum(money.standing)
      redeemed = Sum(money.redeemed)
      takenBack = Sum(money.takenBack)
      spentBefore = "\(money.spentBefore)"
      expired = Sum(money.expired)
      excess = "\(money.excess)"
      cost = "\(money.cost)"
      costPerCustomer = money.costPerCustomer(currency).map { "\($0)" }
      redeemedPerCustomer = money.redeemedPerCustomer(currency).map { "\($0)" }
      `return` = money.earnings.map { "\($0)" }
    }
  }
}

extension FunnelRepository.Rewards.Sum {
  fileprivate static func + (left: Self, right: Self) -> Self {
    Self(count: left.count + right.count, amount: left.amount + right.amount)
  }
}
