import Domain
import FoundationEssentials
import RandomTesting
import Testing

/// How much a reward is.
@Suite struct AmountTests {
  private static func money(_ text: String) throws -> Money {
    let parts = text.split(separator: " ").map(String.init)
    return Money(
      amount: try #require(Money.decimal(parts[0])), currency: try #require(Currency(parts[1])))
  }

  private static func decimal(_ text: String) throws -> Decimal {
    try #require(Money.decimal(text))
  }

  @Test(
    arguments: [
      // Half up, to the digits of the currency.
      ("10", nil, "99.95 USD", "10.00"), ("10", nil, "99.94 USD", "9.99"),
      ("10", nil, "1005 JPY", "101"), ("10", nil, "1004 JPY", "100"), ("7.5", nil, "7 JPY", "1"),
      ("10", nil, "1.235 KWD", "0.124"), ("10", nil, "1.234 KWD", "0.123"),
      ("33.33", nil, "0.01 USD", nil), ("50", nil, "0.01 USD", "0.01"), ("10", nil, "4 JPY", nil),
      ("10", nil, "0 USD", nil), ("100", nil, "20.25 USD", "20.25"),
      // The cap.
      ("10", "5", "49.99 USD", "5.00"), ("10", "5", "50.06 USD", "5"),
      ("10", "5", "10000 USD", "5"),
      ("10", "500", "10000 JPY", "500"), ("10", "1.250", "99 KWD", "1.250"),
      // What is left of an order that was refunded in part.
      ("10", "5", "20.01 USD", "2.00"), ("10", nil, "0.50 USD", "0.05"),
    ] as [(String, String?, String, String?)])
  func percent(percent: String, cap: String?, spending: String, expected: String?) throws {
    let spending = try Self.money(spending)
    let rule = AmountRule.percent(
      try Self.decimal(percent),
      cap: try cap.map { [spending.currency: try Self.decimal($0)] } ?? [:], currencies: [])
    #expect(
      rule.amount(for: spending, ordinal: 1)?.amount == (try expected.map { try Self.decimal($0) }))
  }

  @Test(
    arguments: [
      ("0 USD", nil), ("9.99 USD", nil), ("10 USD", "1"), ("49.99 USD", "1"), ("50 USD", nil),
      ("99 USD", nil), ("100 USD", "9.50"), ("100000 USD", "9.50"), ("999 JPY", nil),
      ("1000 JPY", "50"), ("5 KWD", nil),
    ] as [(String, String?)])
  func tiers(spending: String, expected: String?) throws {
    let usd = try #require(Currency("USD"))
    let jpy = try #require(Currency("JPY"))
    let rule = AmountRule.tiers([
      usd: [
        .init(from: 10, below: 50, amount: 1), .init(from: 100, amount: try Self.decimal("9.50")),
      ],
      jpy: [.init(from: 1000, amount: 50)],
    ])
    #expect(
      rule.amount(for: try Self.money(spending), ordinal: 1)?.amount
        == (try expected.map { try Self.decimal($0) }))
  }

  @Test func milestonesAreForTheirNumberOnly() throws {
    let kwd = try #require(Currency("KWD"))
    let rule = AmountRule.milestones([
      1: [kwd: try Self.decimal("0.125")], 5: [kwd: 2], 10: [try #require(Currency("USD")): 9],
    ])
    let spending = try Self.money("7 KWD")
    let amounts = (1...11).map { rule.amount(for: spending, ordinal: $0)?.amount }
    #expect(amounts[0] == Money.decimal("0.125"))
    #expect(amounts[4] == 2)
    #expect(amounts.compactMap(\.self).count == 2)
    #expect(rule.countsOrders)
  }

  @Test func aMilestoneThatFellIsReachedAgainAndOneAtATime() throws {
    let usd = try #require(Currency("USD"))
    let rule = AmountRule.milestones([
      1: [usd: 5], 3: [usd: 25], 4: [try #require(Currency("EUR")): 9], 5: [usd: 30],
    ])
    func reached(_ ordinal: Int, _ standing: Set<Int>, _ fallen: Set<Int> = []) -> Int? {
      rule.milestone(at: ordinal, in: usd, standing: standing, fallen: fallen)
    }
    #expect(reached(1, []) == 1)
    #expect(reached(2, [1]) == nil)
    #expect(reached(4, []) == nil)
    #expect(reached(4, [1], [3]) == 3)
    #expect(reached(4, [], [1, 3, 4]) == 3)
    #expect(reached(5, [1], [3]) == 5)
    #expect(reached(2, [1], [3]) == nil)
    #expect(reached(5, [5], [3]) == 3)
    #expect(AmountRule.fixed([usd: 5]).milestone(at: 1, in: usd, standing: [], fallen: []) == nil)
  }

  @Test func currenciesNeverMix() throws {
    let usd = try #require(Currency("USD"))
    let spending = try Self.money("100 EUR")
    #expect(AmountRule.fixed([usd: 5]).amount(for: spending, ordinal: 1) == nil)
    #expect(!AmountRule.fixed([usd: 5]).pays(in: spending.currency))
    let percent = AmountRule.percent(10, cap: [usd: 1], currencies: [usd])
    #expect(percent.amount(for: spending, ordinal: 1) == nil)
    // The programme pays in its own, whatever the order's.
    let always = AmountRule.always(Money(amount: 3, currency: usd))
    #expect(always.amount(for: spending, ordinal: 1)?.description == "3 USD")
  }

  /// In whole numbers of the smallest unit, which have no binary fractions to go wrong.
  @Test(arguments: [("USD", 2), ("JPY", 0), ("KWD", 3)])
  func percentIsRoundedHalfUpAndNeverAboveItsCap(code: String, digits: Int) throws {
    let currency = try #require(Currency(code))
    var random = SeededGenerator(seed: 20_261_121)
    var unit = Decimal(1)
    for _ in 0..<digits { unit /= 10 }
    for _ in 0..<5_000 {
      let spent = Int.random(in: 0...2_000_000, using: &random)
      let hundredths = Int.random(in: 1...10_000, using: &random)
      let cap = Bool.random(using: &random) ? Int.random(in: 1...50_000, using: &random) : nil
      let rule = AmountRule.percent(
        Decimal(hundredths) / 100, cap: cap.map { [currency: Decimal($0) * unit] } ?? [:],
        currencies: [])
      let amount = rule.amount(
        for: Money(amount: Decimal(spent) * unit, currency: currency), ordinal: 1)
      let earned = min((spent * hundredths * 2 + 10_000) / 20_000, cap ?? .max)
      #expect((amount?.amount ?? 0) == Decimal(earned) * unit)
    }
  }

  @Test func amountsOfRisingTiersRiseWithTheOrder() throws {
    let currency = try #require(Currency("USD"))
    var random = SeededGenerator(seed: 7)
    for _ in 0..<200 {
      var from = 0
      var amount = 0
      let tiers = (0..<Int.random(in: 1...6, using: &random)).map { _ in
        from += Int.random(in: 1...100, using: &random)
        amount += Int.random(in: 0...20, using: &random)
        return AmountRule.Tier(from: Decimal(from), amount: Decimal(amount))
      }
      let rule = AmountRule.tiers([currency: tiers])
      var last = Decimal(0)
      for spent in 0...700 {
        let money = Money(amount: Decimal(spent), currency: currency)
        let given = rule.amount(for: money, ordinal: 1)?.amount ?? 0
        #expect(given >= last)
        last = given
      }
      #expect(last == Decimal(amount))
    }
  }
}
