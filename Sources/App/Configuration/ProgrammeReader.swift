import Domain
import FoundationEssentials

/// Reads what is given away, and checks it against what the store would take.
struct ProgrammeReader {
  /// Whether amount and currency must be given; otherwise there are defaults to try out with.
  let isStrict: Bool

  /// The programme that is set; `nil` when a fault leaves nothing to go on with.
  func programme(_ reader: inout EnvironmentReader) -> Programme? {
    let kind = reader.choice("REWARD_TYPE", standard: RewardKind.giftCard)
    let amount = amount(&reader)
    let currency = currency(&reader)
    let validityDays = validityDays(&reader)
    let minimumSpend = minimumSpend(&reader, of: kind)
    guard let currency else { return nil }
    return Programme(
      kind: kind, reward: Money(amount: amount, currency: currency), validityDays: validityDays,
      minimumSpend: minimumSpend)
  }

  private func amount(_ reader: inout EnvironmentReader) -> Decimal {
    let name = "REFERRAL_REWARD_AMOUNT"
    if let text = reader.text(name) {
      if let amount = Self.decimal(text), amount > 0 { return amount }
      reader.fault(of: name, "must be a decimal above 0 with at most 2 digits after the point")
    } else if isStrict {
      reader.fault("\(name) is missing; in production it must be given, here or in the file")
    }
    return 10
  }

  private func currency(_ reader: inout EnvironmentReader) -> Currency? {
    let name = "REFERRAL_REWARD_CURRENCY"
    if isStrict && reader.text(name) == nil {
      reader.fault("\(name) is missing; in production it must be given, here or in the file")
    }
    let currency = Currency(reader.text(name) ?? "USD")
    if currency == nil { reader.fault(of: name, "must be three capital letters, such as USD") }
    return currency
  }

  private func validityDays(_ reader: inout EnvironmentReader) -> Int? {
    let name = "REFERRAL_REWARD_VALIDITY_DAYS"
    guard reader.text(name) != nil else { return nil }
    return reader.number(name, in: 1...3650, standard: 3650)
  }

  private func minimumSpend(_ reader: inout EnvironmentReader, of kind: RewardKind) -> Decimal? {
    let name = "REFERRAL_VOUCHER_MINIMUM_SPEND"
    guard let text = reader.text(name) else { return nil }
    if kind != .voucher {
      reader.fault(
        of: name, "needs rewards of the type voucher; a gift card can be spent on any order")
    }
    guard let minimum = Self.decimal(text), minimum >= 0 else {
      reader.fault(of: name, "must be a decimal, 0 or more, with at most 2 digits after the point")
      return nil
    }
    return minimum == 0 ? nil : minimum
  }

  /// An amount that the store takes: two digits after the point at most (recorded refusals of
  /// giftCardCreate and voucherChannelListingUpdate).
  private static func decimal(_ text: String) -> Decimal? {
    guard let decimal = Money.decimal(text), decimal < 1_000_000_000,
      (text.split(separator: ".").dropFirst().first?.count ?? 0) <= 2
    else { return nil }
    return decimal
  }
}
