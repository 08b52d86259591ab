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
    one("reward.validity_days", "REFERRAL_REWARD_VALIDITY_DAYS"),
    one("reward.voucher_minimum_spend", voucherMinimumSpend),
    one("minimum_order", minimumOrder), one("new_customers_only", "REFERRAL_NEW_CUSTOMERS_ONLY"),
    list("order_origins", "REFERRAL_ORDER_ORIGINS"), one("staff_orders", "REFERRAL_STAFF_ORDERS"),
    list("channels", "REFERRAL_CHANNELS"),
    list("blocked.domains", "REFERRAL_BLOCKED_DOMAINS"),
    list("blocked.addresses", "REFERRAL_BLOCKED_ADDRESSES"),
    list("blocked.users", "REFERRAL_BLOCKED_USERS"),
    one("blocked.disposable_domains", "REFERRAL_DISPOSABLE_DOMAINS"),
    one("daily_limit", "REFERRAL_DAILY_LIMIT"), one("monthly_limit", "REFERRAL_MONTHLY_LIMIT"),
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

  /// The settings that are amounts in the currency of the rewards.
  static let amounts = [rewardAmount, voucherMinimumSpend, minimumOrder]

  private static func one(_ path: String, _ variable: String) -> ProgrammeSetting {
    ProgrammeSetting(path: path, variable: variable, isList: false)
  }

  private static func list(_ path: String, _ variable: String) -> ProgrammeSetting {
    ProgrammeSetting(path: path, variable: variable, isList: true)
  }
}
