import Domain
import RandomTesting
import Rules
import Testing

/// The language of conditions: what it takes, and what is wrong with what it does not take.
@Suite struct LanguageTests {
  static let lists = [
    "suspicious_domains": ["example.net", "Example.org"], "networks": ["192.0.2.0/24"],
    "nobody": [], "mixed": ["example.com", "two words"],
  ]

  /// Facts for the table of good conditions.
  static func facts() throws -> FactSheet {
    var facts = FactSheet()
    facts[.samePhone] = .flag(true)
    facts[.sameCard] = .flag(false)
    facts[.cycleLength] = .number(2)
    facts[.clusterSize] = .number(5)
    facts[.referrerReferrals] = .number(5)
    facts[.accountAge] = .duration(3_600)
    facts[.codeAge] = .duration(7_200)
    facts[.orderValue] = try money("100")
    facts[.buyerDomain] = .text("mail.EXAMPLE.net")
    facts[.referrerDomain] = .text("example.com")
    facts[.buyerIP] = .text("2001:DB8:0::1")
    facts[.shippingCountry] = .text("DE")
    facts[.billingCountry] = .text("de")
    facts[.referralsByCard] = .times([10, 20, 3_600, 4_000])
    facts[.referralsByPhone] = .times([])
    return facts
  }

  static let good: [(String, Truth)] = [
    ("same_phone", .yes),
    ("not same_phone", .no),
    ("not not same_phone", .yes),
    ("same_device", .unknown),
    ("not same_device", .unknown),
    ("same_card and same_device", .no),
    ("same_device and same_card", .no),
    ("same_phone and same_device", .unknown),
    ("same_phone or same_device", .yes),
    ("same_device or same_phone", .yes),
    ("same_card or same_device", .unknown),
    // `and` binds stronger than `or`, `not` stronger than both.
    ("same_phone or same_card and same_card", .yes),
    ("(same_phone or same_card) and same_card", .no),
    ("not same_card and same_phone", .yes),
    ("not (same_card and same_phone)", .yes),
    ("not same_phone or same_phone", .yes),
    ("cycle_length == 2", .yes),
    ("cycle_length==2 and same_phone", .yes),
    ("cycle_length != 2", .no),
    ("cycle_length < 2", .no),
    ("cycle_length <= 2.0", .yes),
    ("cycle_length > 1.999", .yes),
    ("cluster_size == referrer_referrals", .yes),
    ("cluster_size > cycle_length", .yes),
    ("address_similarity > cycle_length", .unknown),
    ("account_age < code_age", .yes),
    ("account_age == 1h", .yes),
    ("account_age == 60m", .yes),
    ("account_age == 3600s", .yes),
    ("account_age <= 3650d", .yes),
    ("order_value == 100 USD", .yes),
    ("order_value == 100.00 USD", .yes),
    ("order_value < 100.01 USD", .yes),
    ("order_value > 1 EUR", .unknown),
    ("not order_value > 1 EUR", .unknown),
    ("order_value >= 100 JPY", .unknown),
    ("buyer_domain in suspicious_domains", .yes),
    ("buyer_domain not in suspicious_domains", .no),
    ("buyer_domain in nobody", .no),
    ("buyer_domain in [\"net\"]", .yes),
    ("buyer_domain in [\"a.example.net\", \"b.example.net\"]", .no),
    ("buyer_domain == \"example.net\"", .no),
    ("buyer_domain == \"MAIL.example.net\"", .yes),
    ("buyer_domain == referrer_domain", .no),
    ("buyer_domain != referrer_domain", .yes),
    ("shipping_country == billing_country", .yes),
    ("shipping_country in [\"de\"]", .yes),
    ("buyer_ip == \"2001:db8::1\"", .yes),
    ("buyer_ip in networks", .no),
    ("buyer_ip in [\"2001:db8::/32\", \"192.0.2.1\"]", .yes),
    ("buyer_ip in [\"::/0\"]", .yes),
    ("buyer_ip in [\"0.0.0.0/0\"]", .no),
    ("buyer_address in [\"alice@example.com\"]", .unknown),
    ("referrals_by_card(1h) >= 3", .yes),
    ("referrals_by_card(1h) > 3", .no),
    ("referrals_by_card(1h) == 3", .yes),
    ("referrals_by_card(59m) < 3", .yes),
    ("referrals_by_card(3650d) >= 100", .no),
    ("referrals_by_phone(1d) == 0", .yes),
    ("referrals_by_phone(1d) <= 99", .yes),
    ("referrals_by_device(1d) >= 0", .unknown),
    ("\n\t same_phone\r\n and\n  same_phone ", .yes),
    (String(repeating: "(", count: 50) + "same_phone" + String(repeating: ")", count: 50), .yes),
    (String(repeating: "not ", count: 50) + "same_phone", .yes),
    (String(repeating: "(same_card) or ", count: 600) + "same_phone", .yes),
  ]

  @Test(arguments: good)
  func `a good condition is read and asked`(condition: String, truth: Truth) throws {
    let read = try Condition(condition, lists: ConditionLists(Self.lists))
    #expect(read.source == condition)
    #expect(read.holds(for: try Self.facts()) == truth)
  }

  static let bad: [(String, Int, String)] = [
    ("", 0, "The condition is empty."),
    (" \n ", 3, "The condition is empty."),
    ("sam_phone", 0, "There is no signal `sam_phone`; did you mean `same_phone`?"),
    ("same_phone and Same_Card", 15, "There is no signal `Same_Card`; did you mean `same_card`?"),
    ("AND", 0, "There is no signal `AND`; did you mean `and`?"),
    ("quite_unlike_anything", 0, "There is no signal `quite_unlike_anything`."),
    ("and same_phone", 0, "A signal is expected here, not `and`."),
    ("same_phone and", 14, "A signal is expected here, not the end."),
    ("same_phone or or same_card", 14, "A signal is expected here, not `or`."),
    ("not", 3, "A signal is expected here, not the end."),
    ("5 < cycle_length", 0, "A signal is expected here, not `5`."),
    ("\"DE\" == shipping_country", 0, "A signal is expected here, not \"DE\"."),
    ("()", 1, "A signal is expected here, not `)`."),
    ("suspicious_domains", 0, "`suspicious_domains` is a list: it stands behind `in`."),
    ("same_phone same_card", 11, "`same_card` stands behind the end of the condition"),
    ("same_phone)", 10, "This bracket closes nothing."),
    ("same_card and (same_phone", 14, "This bracket is not closed."),
    ("(same_phone same_card)", 12, "`)`, `and` or `or` is expected here, not `same_card`."),
    ("same_phone == true", 11, "`same_phone` is yes or no: it stands alone or behind `not`."),
    ("same_phone in nobody", 11, "`same_phone` is yes or no"),
    ("cycle_length", 0, "`cycle_length` is a number: compare it, as in cycle_length >= 2."),
    ("cycle_length not 5", 0, "`cycle_length` is a number: compare it"),
    ("order_value and same_phone", 0, "`order_value` is an amount of money: compare it"),
    ("cycle_length >", 14, "A value is missing here."),
    ("cycle_length > > 1", 15, "cannot be compared with `>`"),
    ("cycle_length > 2h", 15, "`cycle_length` is a number and cannot be compared with `2h`"),
    ("cycle_length > \"2\"", 15, "cannot be compared with \"2\""),
    ("cycle_length > 1.2.3", 15, "`1.2` is no number"),
    ("cycle_length > 1.", 15, "`1.` is no number"),
    ("cycle_length > 5x", 15, "`5x` is neither a number nor a length of time"),
    ("cycle_length > 1234567890123456", 15, "is no number"),
    ("cycle_length > -1", 15, "No signal is less than 0"),
    ("cycle_length = 2", 13, "Write `==` to compare."),
    ("cycle_length ! 2", 13, "Write `not` instead of `!`."),
    ("same_phone && same_card", 11, "Write `and` instead of `&`."),
    ("same_phone || same_card", 11, "Write `or` instead of `|`."),
    ("cycle_length > account_age", 15, "they cannot be compared"),
    ("cycle_length > same_phone", 15, "they cannot be compared"),
    ("cycle_length > nobody", 15, "`nobody` is a list"),
    ("cycle_length in nobody", 13, "`in` is for texts, and `cycle_length` is a number."),
    ("cycle_length(1h) > 2", 12, "`cycle_length` has no window."),
    ("account_age < 24", 14, "`account_age` is a length of time and cannot be compared with `24`"),
    ("account_age < 24 h", 14, "A length of time is written without a space, as in 24h."),
    ("account_age < 1.5h", 14, "`1.5h` is no length of time"),
    ("account_age < 3651d", 14, "The longest time that can be compared with is 3650d."),
    ("order_value > 100", 14, "name the currency, as in 100 USD."),
    ("order_value > 100 and same_phone", 14, "name the currency, as in 100 USD."),
    ("order_value > 100 usd", 18, "`usd` is not a currency of ISO 4217"),
    ("order_value > 100 XXY", 18, "`XXY` is not a currency of ISO 4217"),
    ("order_value > 1.234 USD", 14, "Amounts in USD have at most 2 digits behind the point."),
    ("order_value > 1.5 JPY", 14, "Amounts in JPY have no digits behind the point."),
    ("order_value in nobody", 12, "`in` is for texts"),
    ("buyer_domain < \"a\"", 13, "it is compared by `==`, `!=` or `in`."),
    ("buyer_domain == shipping_country", 16, "they cannot be compared"),
    ("buyer_domain == \"two words\"", 16, "\"two words\" is not a domain"),
    ("buyer_domain == \"example.com", 16, "The text is not closed by a quote."),
    ("buyer_domain == 'example.com'", 16, "Texts stand between straight double quotes"),
    ("buyer_domain in suspicous_domains", 16, "did you mean `suspicious_domains`?"),
    ("buyer_domain in", 15, "A list is expected here, not the end."),
    ("buyer_domain in \"a\"", 16, "A list is expected here, not \"a\"."),
    ("buyer_domain in []", 17, "A text in double quotes is expected here, not `]`."),
    ("buyer_domain in [\"a\",]", 21, "A text in double quotes is expected here, not `]`."),
    ("buyer_domain in [\"a\" \"b\"]", 21, "`,` or `]` is expected here, not \"b\"."),
    ("buyer_domain in [\"a\"", 16, "This bracket is not closed."),
    ("buyer_ip == \"192.0.2.0/24\"", 12, "A network is compared by `in`"),
    ("buyer_ip in [\"192.0.2.256\"]", 13, "is not an IP address or network"),
    ("buyer_ip in [\"192.0.2.0/33\"]", 13, "is not an IP address or network"),
    ("buyer_address in [\"example.com\"]", 18, "is not an e-mail address"),
    ("shipping_country in [\"DEU\"]", 21, "is not a country of two letters"),
    ("code in [\"a b\"]", 9, "is not a referral code"),
    ("buyer_user in [\"\"]", 15, "is not a customer's id"),
    ("referrals_by_ip > 5", 0, "counts within a window, as in referrals_by_ip(1h) >= 5"),
    ("referrals_by_ip(5) > 5", 16, "A window such as 1h is expected here, not `5`."),
    ("referrals_by_ip(0s) > 5", 16, "A window is longer than nothing"),
    ("referrals_by_ip(3651d) > 5", 16, "not longer than 3650d, and not 3651d."),
    ("referrals_by_ip(99999999999999d) > 5", 16, "A window is longer than nothing"),
    ("referrals_by_ip(-1h) > 5", 16, "No signal is less than 0"),
    ("referrals_by_ip(1h > 5", 19, "`)` is expected here, not `>`."),
    ("referrals_by_ip(1h)", 19, "A comparison is expected here"),
    ("referrals_by_ip(1h) > 2.5", 22, "A whole number is expected here, not `2.5`."),
    ("referrals_by_ip(1h) >= 101", 23, "Only the latest 100 are counted"),
    ("referrals_by_ip(1h) > 100", 22, "Only the latest 100 are counted"),
    ("referrals_by_ip(1h) == 100", 23, "Only the latest 100 are counted"),
    ("cycle_length > referrals_by_ip(1h)", 15, "they cannot be compared"),
    ("same_phone # and", 11, "The character `#` has no meaning here."),
    ("same_phone\u{A0}and same_card", 10, "The character U+00A0 has no meaning here."),
    ("\u{1F600}\u{301}", 0, "The character U+1F600 has no meaning here."),
    (
      String(repeating: "(", count: 51) + "same_phone" + String(repeating: ")", count: 51), 50,
      "nested deeper than 50"
    ),
    (String(repeating: "not ", count: 51) + "same_phone", 200, "nested deeper than 50"),
    (String(repeating: " ", count: 10_001), 10_000, "longer than 10000 characters"),
  ]

  @Test(arguments: bad)
  func `a bad condition is refused with its place`(
    condition: String, offset: Int, message: String
  ) throws {
    let fault = try #require(throws: Condition.Fault.self) {
      try Condition(condition, lists: ConditionLists(Self.lists))
    }
    #expect(fault.offset == offset)
    #expect(fault.message.contains(message), "\(fault.message)")
  }

  @Test func `a list is read once for each kind, and each of its misfits is known`() throws {
    let lists = ConditionLists(["mixed": ["example.net", "two words", "VXNlcjo1", "a@b"]])
    for condition in ["buyer_domain in mixed", "referrer_domain not in mixed"] {
      #expect(try Condition(condition, lists: lists).signals.count == 1)
    }
    #expect(lists.misfits.map(\.index) == [1, 3])
    #expect(lists.misfits.allSatisfy { $0.list == "mixed" && $0.kind == .domain })
  }

  @Test func `offsets count Unicode scalars`() throws {
    let fault = try #require(throws: Condition.Fault.self) {
      try Condition("channel == \"e\u{301}\u{1F600}\" oops")
    }
    #expect(fault.offset == 17)
  }

  static let network: [(String, Bool)] = [
    ("same_ip", true),
    ("not same_ip", true),
    ("same_network and referrals_by_network(1h) >= 5", true),
    ("same_ip or same_phone", true),
    ("buyer_ip in [\"192.0.2.0/24\"]", true),
    ("same_ip and same_phone", false),
    ("same_ip and not same_phone", false),
    ("not (same_ip or same_phone)", false),
    ("not (same_ip and same_phone)", true),
    ("(same_ip or same_phone) and cycle_length > 1", false),
    ("same_device", false),
    ("referrals_by_device(1h) > 3", false),
  ]

  @Test(arguments: network)
  func `what rests on the network alone is known`(condition: String, rests: Bool) throws {
    #expect(try Condition(condition).restsOnNetworkAlone == rests)
  }

  @Test func `a long list is looked up as a short one`() throws {
    let lists = ["disposable": (0..<20_000).map { "d\($0).example" }]
    let condition = try Condition("buyer_domain in disposable", lists: ConditionLists(lists))
    #expect(condition.holds(for: sheet(.buyerDomain, .text("x.d19999.example"))) == .yes)
    #expect(condition.holds(for: sheet(.buyerDomain, .text("d20000.example"))) == .no)
  }

  @Test func `an address that is none is unknown`() throws {
    let condition = try Condition("buyer_ip in [\"0.0.0.0/0\"]")
    #expect(condition.holds(for: sheet(.buyerIP, .text("unknown"))) == .unknown)
    #expect(condition.holds(for: sheet(.buyerIP, .text("::ffff:192.0.2.1"))) == .yes)
  }

  @Test func `numbers that are not finite are unknown`() throws {
    let condition = try Condition("cycle_length >= 0")
    #expect(condition.holds(for: sheet(.cycleLength, .number(.nan))) == .unknown)
    #expect(condition.holds(for: sheet(.cycleLength, .number(.infinity))) == .unknown)
  }

  @Test func `no bytes break the parser`() throws {
    var generator = SeededGenerator(seed: 1)
    let words =
      [
        "and", "or", "not", "in", "(", ")", "[", "]", ",", "\"DE\"", "5", "1h", "100 USD", "==",
        "<",
      ]
      + Signal.allCases.map(\.name)
    var read = 0
    for _ in 0..<20_000 {
      let text: String
      if generator.chance(50) {
        let bytes = (0..<generator.number(0, 60)).map { _ in UInt8(generator.number(0, 255)) }
        text = String(decoding: bytes, as: UTF8.self)
      } else {
        text = (0..<generator.number(1, 12)).map { _ in words[generator.number(0, words.count - 1)]
        }
        .joined(separator: " ")
      }
      do throws(Condition.Fault) {
        let condition = try Condition(text, lists: ConditionLists(Self.lists))
        _ = condition.holds(for: FactSheet())
        read += 1
      } catch {
        #expect((0...text.unicodeScalars.count).contains(error.offset))
        #expect(error.message.hasSuffix(".") || error.message.hasSuffix("?"))
      }
    }
    #expect(read > 0)
  }
}
