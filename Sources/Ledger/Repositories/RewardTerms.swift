import Domain
import FoundationEssentials
import Postgres

/// What a reward is and on which terms, read from a row with the columns of `rewards` and the
/// store's `address`.
struct RewardTerms {
  let identity: RewardIdentity
  let codeKeyID: String
  let kind: RewardKind
  let money: Money
  let expiresOn: String?
  let minimumSpend: Decimal?
  let percentOff: Decimal?
  let milestone: Int?
  let giftCardID: String?

  /// - Throws: `LedgerError` when the row holds a value that this version does not know.
  init(_ row: borrowing Row) throws {
    guard let role = RewardIdentity.Role(rawValue: try row.decode("role", as: String.self)),
      let kind = RewardKind(rawValue: try row.decode("type", as: String.self)),
      let currency = Currency(try row.decode("currency", as: String.self))
    else { throw LedgerError.unknownValue("rewards") }
    identity = RewardIdentity(
      storeAddress: try row.decode("address", as: String.self),
      orderID: try row.decode("order_id", as: String.self),
      campaignID: try row.decode("campaign_id", as: String.self), role: role,
      version: try row.decode("version", as: Int.self))
    codeKeyID = try row.decode("code_key_id", as: String.self)
    self.kind = kind
    money = Money(amount: try row.decode("amount", as: Decimal.self), currency: currency)
    expiresOn = try row.decode("expires_on", as: String?.self)
    minimumSpend = try row.decode("minimum_spend", as: Decimal?.self)
    percentOff = try row.decode("percent_off", as: Decimal?.self)
    milestone = try row.decode("milestone", as: Int?.self)
    giftCardID = try row.decode("gift_card_id", as: String?.self)
  }
}
