import Domain
import FoundationEssentials

/// Reads what is given away, and checks it against what the store would take.
struct ProgrammeReader {
  /// Whether the amount must be given; otherwise there is a default to try out with, or one that
  /// nobody gets where campaigns say what is given.
  let needsAmount: Bool
  /// Whether the currency must be given.
  let needsCurrency: Bool

  /// The programme that is set; `nil` when a fault leaves nothing to go on with.
  func programme(_ reader: inout EnvironmentReader) -> Programme? {
    let kind = reader.choice(ProgrammeSetting.rewardType, standard: RewardKind.giftCard)
    let known = Currency(reader.text(ProgrammeSetting.rewardCurrency) ?? "USD")
      .flatMap { $0.fractionDigits == nil ? nil : $0 }
    let amounts = AmountReader(currency: known)
    let amount = amount(amounts, &reader)
    checkCurrency(known, &reader)
    let validityDays = validityDays(&reader)
    let minimumSpend = minimumSpend(amounts, &reader, of: kind)
    guard let known else { return nil }
    return Programme(
      kind: kind, reward: Money(amount: amount, currency: known), validityDays: validityDays,
      minimumSpend: minimumSpend)
  }

  private func amount(_ amounts: AmountReader, _ reader: inout EnvironmentReader) -> Decimal {
    let name = ProgrammeSetting.rewardAmount
    if needsAmount && reader.text(name) == nil {
      reader.fault("\(name) is missing; in production it must be given, here or in the file")
    }
    return amounts.amount(name, isPositive: true, &reader) ?? 10
  }

  private func checkCurrency(_ known: Currency?, _ reader: inout EnvironmentReader) {
    let name = ProgrammeSetting.rewardCurrency
    if needsCurrency && reader.text(name) == nil {
      reader.fault("\(name) is missing; in production it must be given, here or in the file")
    }
    if known == nil {
      reader.fault(of: name, "must be three capital letters of ISO 4217, such as USD")
    }
  }

  private func validityDays(_ reader: inout EnvironmentReader) -> Int? {
    let name = ProgrammeSetting.validityDays
    guard reader.text(name) != nil else { return nil }
    return reader.number(name, in: 1...3650, standard: 3650)
  }

  private func minimumSpend(
    _ amounts: AmountReader, _ reader: inout EnvironmentReader, of kind: RewardKind
  ) -> Decimal? {
    let name = ProgrammeSetting.voucherMinimumSpend
    guard reader.text(name) != nil else { return nil }
    if kind != .voucher {
      reader.fault(
        of: name, "needs rewards of the type voucher; a gift card can be spent on any order")
    }
    let minimum = amounts.amount(name, isPositive: false, &reader)
    return minimum == 0 ? nil : minimum
  }
}
