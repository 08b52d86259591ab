import Domain
import FoundationEssentials
import Rules
import Testing

/// Each signal in a rule: hit, miss, unknown, shadow, and the values on both sides of a boundary.
@Suite struct SignalTests {
  /// One signal: a condition, a value for which it holds, and the nearest for which it does not.
  struct Row: Sendable, CustomTestStringConvertible {
    let signal: Signal
    let condition: String
    let hit: SignalValue
    let miss: SignalValue

    init(_ signal: Signal, _ condition: String, hit: SignalValue, miss: SignalValue) {
      self.signal = signal
      self.condition = condition
      self.hit = hit
      self.miss = miss
    }

    var testDescription: String { condition }
  }

  static func flag(_ signal: Signal) -> Row {
    Row(signal, signal.name, hit: .flag(true), miss: .flag(false))
  }

  static func times(_ signal: Signal) -> Row {
    Row(
      signal, "\(signal.name)(1h) >= 3", hit: .times([1, 2, 3_600]),
      miss: .times([1, 2, 3_600.001]))
  }

  static func rows() throws -> [Row] {
    let flags: [Signal] = [
      .countryMismatch, .firstOrder, .paidWithRewardCard, .buyerGuest, .samePostalAddress,
      .samePhone, .sameCard, .sameIP, .sameNetwork, .sameDevice,
    ]
    let counts: [Signal] = [
      .referralsByReferrer, .referralsByIP, .referralsByNetwork, .referralsByDevice,
      .referralsByPostalAddress, .referralsByPhone, .referralsByCard,
    ]
    let comparisons = [
      Row(
        .orderValue, "order_value > 500 USD", hit: try money("500.01"), miss: try money("500.00")),
      Row(.orderValueRatio, "order_value_ratio >= 3", hit: .number(3), miss: .number(2.999)),
      Row(
        .channel, "channel == \"default-channel\"", hit: .text("default-channel"),
        miss: .text("Default-channel")),
      Row(
        .shippingCountry, "shipping_country not in [\"DE\", \"at\"]", hit: .text("US"),
        miss: .text("AT")),
      Row(.billingCountry, "billing_country != \"de\"", hit: .text("US"), miss: .text("DE")),
      Row(
        .buyerUser, "buyer_user in [\"VXNlcjox\"]", hit: .text("VXNlcjox"), miss: .text("VXNlcjoX")),
      Row(
        .buyerAddress, "buyer_address in [\"A.lice+x@GoogleMail.com\"]",
        hit: .text("alice@gmail.com"), miss: .text("alice@example.com")),
      Row(
        .buyerDomain, "buyer_domain in [\"Example.com\"]", hit: .text("mail.example.com"),
        miss: .text("badexample.com")),
      Row(
        .buyerIP, "buyer_ip in [\"192.0.2.0/25\", \"2001:db8::/32\"]", hit: .text("192.0.2.127"),
        miss: .text("192.0.2.128")),
      Row(.accountAge, "account_age < 24h", hit: .duration(86_399.9), miss: .duration(86_400)),
      Row(.code, "code in [\"abcd2345\"]", hit: .text("ABCD2345"), miss: .text("ABCD2346")),
      Row(.codeAge, "code_age <= 15m", hit: .duration(900), miss: .duration(900.1)),
      Row(
        .referrerUser, "referrer_user != \"VXNlcjox\"", hit: .text("VXNlcjoy"),
        miss: .text("VXNlcjox")),
      Row(
        .referrerAddress, "referrer_address == \"Bob+1@example.com\"",
        hit: .text("bob@example.com"),
        miss: .text("bob@mail.example.com")),
      Row(
        .referrerDomain, "referrer_domain == \"example.com\"", hit: .text("example.com"),
        miss: .text("mail.example.com")),
      Row(
        .referrerAccountAge, "referrer_account_age < 7d", hit: .duration(604_799),
        miss: .duration(604_800)),
      Row(.referrerReferrals, "referrer_referrals > 20", hit: .number(21), miss: .number(20)),
      Row(
        .referrerFallenShare, "referrer_fallen_share >= 0.3", hit: .number(0.3),
        miss: .number(0.29)),
      Row(
        .addressSimilarity, "address_similarity >= 0.85", hit: .number(0.85), miss: .number(0.84)),
      Row(.nameSimilarity, "name_similarity > 0.9", hit: .number(0.91), miss: .number(0.9)),
      Row(.cycleLength, "cycle_length >= 2", hit: .number(2), miss: .number(0)),
      Row(.clusterSize, "cluster_size >= 50", hit: .number(50), miss: .number(49)),
    ]
    return flags.map(flag) + counts.map(times) + comparisons
  }

  @Test func `every signal has its row`() throws {
    #expect(Set(try Self.rows().map(\.signal)) == Set(Signal.allCases))
  }

  @Test(arguments: try rows())
  func `hits, misses, and is unknown without the fact`(row: Row) throws {
    let condition = try Condition(row.condition)
    #expect(condition.signals == [row.signal])
    #expect(condition.holds(for: sheet(row.signal, row.hit)) == .yes)
    #expect(condition.holds(for: sheet(row.signal, row.miss)) == .no)
    #expect(condition.holds(for: FactSheet()) == .unknown)
  }

  @Test(arguments: try rows())
  func `cannot be asked about a fact of another type`(row: Row) throws {
    let misfit: SignalValue = if case .flag = row.hit { .number(1) } else { .flag(true) }
    let condition = try Condition(row.condition)
    #expect(condition.holds(for: sheet(row.signal, misfit)) == nil)
    let either = try Condition("(\(row.condition)) or same_phone or first_order")
    var facts = sheet(row.signal, misfit)
    facts[.samePhone] = row.signal == .samePhone ? misfit : .flag(true)
    facts[.firstOrder] = row.signal == .firstOrder ? misfit : .flag(true)
    #expect(either.holds(for: facts) == nil)
  }

  @Test(arguments: try rows())
  func `acts when on and only counts in shadow`(row: Row) throws {
    let facts = sheet(row.signal, row.hit)
    for mode in Rule.Mode.allCases {
      let rule = try Rule.make("rule", row.condition, .review, weight: 30, mode: mode)
      let set = RuleSet(rules: [rule], reviewAt: 20, rejectAt: nil)
      let judgement = Judgement.of(facts, by: set)
      #expect(judgement.outcome == (mode == .on ? .review : .approve))
      #expect(judgement.score == (mode == .on ? 30 : 0))
      #expect(judgement.outcomes.map(\.result) == [.hit])
      #expect(Judgement.of(sheet(row.signal, row.miss), by: set).outcome == .approve)
      #expect(Judgement.of(FactSheet(), by: set).outcomes.map(\.result) == [.unknown])
    }
  }
}
