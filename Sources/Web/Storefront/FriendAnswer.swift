import Domain
import FoundationEssentials
import Intake
import Rules

/// What a friend gets, as storefronts are told. Amounts are decimals written as text, so that no
/// reader makes binary fractions of them, and what does not apply is `null`.
struct FriendAnswer: Encodable {
  private let benefit: FriendBenefit

  /// What is given on this day by the store's campaigns; `nil` when a friend gets nothing, in a
  /// channel or a currency that nothing is known of too.
  init?(
    _ channel: String?, _ currency: String?, _ book: TermsBook, _ store: StoreConnection,
    _ day: CalendarDay
  ) {
    let wished = currency.map { Currency($0.uppercased()) }
    if case .some(nil) = wished { return nil }
    let benefit = FriendBenefit(
      book.terms(store: store.address, knownChannel: channel), on: day, channel: channel,
      currency: wished.flatMap(\.self))
    guard let benefit else { return nil }
    self.benefit = benefit
  }

  private enum Key: String, CodingKey {
    case campaign, type, currency, amount, percent, voucher, countries, categories
    case upTo = "up_to"
    case minimumOrder = "minimum_order"
    case firstOrderOnly = "first_order_only"
    case lastDay = "last_day"
  }

  private enum VoucherKey: String, CodingKey {
    case categories
    case percentOff = "percent_off"
    case minimumSpend = "minimum_spend"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(benefit.campaignID, forKey: .campaign)
    try container.encode(benefit.lastDay?.description, forKey: .lastDay)
    try container.encode(benefit.kind.rawValue, forKey: .type)
    try container.encode(benefit.currency.code, forKey: .currency)
    try container.encode(benefit.amount.map { "\($0)" }, forKey: .amount)
    try container.encode(benefit.percent.map { "\($0)" }, forKey: .percent)
    try container.encode(benefit.upTo.map { "\($0)" }, forKey: .upTo)
    try container.encode(benefit.minimumOrder.map { "\($0)" }, forKey: .minimumOrder)
    try container.encode(benefit.firstOrderOnly, forKey: .firstOrderOnly)
    try container.encode(benefit.countries, forKey: .countries)
    try container.encode(benefit.categories, forKey: .categories)
    guard let voucher = benefit.voucher else {
      try container.encodeNil(forKey: .voucher)
      return
    }
    var inner = container.nestedContainer(keyedBy: VoucherKey.self, forKey: .voucher)
    try inner.encode(voucher.percentOff.map { "\($0)" }, forKey: .percentOff)
    try inner.encode(voucher.minimumSpend.map { "\($0)" }, forKey: .minimumSpend)
    try inner.encode(voucher.categories, forKey: .categories)
  }
}
