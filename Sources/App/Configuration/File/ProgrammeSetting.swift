/// A setting of the programme that both the environment and the section `programme` of the file
/// know. Their values are read and checked by the same readers, under the environment's name.
struct ProgrammeSetting: Sendable {
  /// Its name below `programme`, with a point between the levels.
  let path: String
  /// Its name in the environment.
  let variable: String
  /// Whether it is a list.
  let isList: Bool

  /// Every one.
  static let all = [
    one("reward.type", rewardType), one("reward.amount", rewardAmount),
    one("reward.currency", rewardCurrency),
    one("reward.validity_days", validityDays),
    one("reward.voucher_minimum_spend", voucherMinimumSpend),
    one("minimum_order", minimumOrder), one("new_customers_only", newCustomersOnly),
    list("order_origins", orderOrigins), one("staff_orders", staffOrders),
    list("channels", channels),
    list("blocked.domains", blockedDomains),
    list("blocked.addresses", blockedAddresses),
    list("blocked.users", blockedUsers),
    one("blocked.disposable_domains", disposableDomains),
    one("daily_limit", dailyLimit), one("monthly_limit", monthlyLimit),
  ]

  /// What a reward is.
  static let rewardType = "REWARD_TYPE"
  /// How much it is.
  static let rewardAmount = "REFERRAL_REWARD_AMOUNT"
  /// In which currency.
  static let rewardCurrency = "REFERRAL_REWARD_CURRENCY"
  /// From which subtotal a voucher counts.
  static let voucherMinimumSpend = "REFERRAL_VOUCHER_MINIMUM_SPEND"
  /// What an order has to bring in.
  static let minimumOrder = "REFERRAL_MINIMUM_ORDER"
  /// Whether only first orders count.
  static let newCustomersOnly = "REFERRAL_NEW_CUSTOMERS_ONLY"
  /// Where orders have to come from.
  static let orderOrigins = "REFERRAL_ORDER_ORIGINS"
  /// Whether orders that staff place count.
  static let staffOrders = "REFERRAL_STAFF_ORDERS"
  /// In which channels.
  static let channels = "REFERRAL_CHANNELS"
  /// Whose mail domains are shut out.
  static let blockedDomains = "REFERRAL_BLOCKED_DOMAINS"
  /// Whose addresses are.
  static let blockedAddresses = "REFERRAL_BLOCKED_ADDRESSES"
  /// Whose ids are.
  static let blockedUsers = "REFERRAL_BLOCKED_USERS"
  /// What is done with throw-away mail services.
  static let disposableDomains = "REFERRAL_DISPOSABLE_DOMAINS"
  /// How many rewards a referrer gets in a day.
  static let dailyLimit = "REFERRAL_DAILY_LIMIT"
  /// How many in a month.
  static let monthlyLimit = "REFERRAL_MONTHLY_LIMIT"
  /// For how many days it can be used.
  static let validityDays = "REFERRAL_REWARD_VALIDITY_DAYS"

  /// The settings that are amounts in the currency of the rewards.
  static let amounts = [rewardAmount, voucherMinimumSpend, minimumOrder]

  private static func one(_ path: String, _ variable: String) -> ProgrammeSetting {
    ProgrammeSetting(path: path, variable: variable, isList: false)
  }

  private static func list(_ path: String, _ variable: String) -> ProgrammeSetting {
    ProgrammeSetting(path: path, variable: variable, isList: true)
  }
}
