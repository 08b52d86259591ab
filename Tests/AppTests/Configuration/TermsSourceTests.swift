import Domain
import FoundationEssentials
import Rules
import Signing
import Testing
import YAML

@testable import App

/// What holds by a file, an environment, or both.
@Suite struct TermsSourceTests {
  static let shop = StoreAddress("https://shop.example.com/graphql/")

  /// The book of a file that is right.
  static func book(_ text: String, _ environment: [String: String] = [:]) async throws -> TermsBook
  {
    let reading = try await TermsFolder.reading(text, environment)
    return try #require(reading.book, "\(reading.faults)")
  }

  @Test func everyKeyOfTheFileIsRead() async throws {
    let book = try await Self.book(
      """
      programme:
        reward: {type: voucher, amount: 12.50, currency: EUR, validity_days: 90, voucher_minimum_spend: 50}
        minimum_order: "25.00"
        new_customers_only: true
        order_origins: [CHECKOUT, DRAFT]
        staff_orders: true
        channels: [us, "a,b"]
        blocked:
          domains: [Trash.Example]
          addresses: [C.arol@googlemail.com]
          users: [VXNlcjo5]
          disposable_domains: allow
        daily_limit: 0
        monthly_limit: 100
      marks: {ip: ip, device: fingerprint}
      review: {days: 7, otherwise: approve}
      score: {review_at: 40, reject_at: 90}
      lists: {mine: [example.net]}
      rules:
        - name: first
          when: buyer_domain in mine or referrer_domain in disposable_domains
          then: approve
          weight: -20
          reason: |
            Two lines
            are one.
        - {name: second, when: buyer_guest, weight: 5, reason: Why., mode: shadow}
      """)
    let terms = book.standard
    #expect(terms.programme.kind == .voucher)
    #expect(terms.programme.reward.description == "12.5 EUR")
    #expect(terms.programme.validityDays == 90)
    #expect(terms.programme.minimumSpend == 50)
    #expect(terms.conditions.minimumOrder?.description == "25 EUR")
    #expect(terms.conditions.newCustomersOnly && terms.conditions.staffOrdersCount)
    #expect(terms.conditions.origins == [.checkout, .draft])
    #expect(terms.conditions.channels == ["us", "a,b"])
    #expect(terms.conditions.blocked.domains == ["trash.example"])
    #expect(terms.conditions.blocked.mailboxes == ["carol@gmail.com"])
    #expect(terms.conditions.blocked.users == ["VXNlcjo5"])
    #expect(terms.conditions.dailyLimit == 0 && terms.conditions.monthlyLimit == 100)
    #expect(terms.marks.ipKey == "ip" && terms.marks.deviceKey == "fingerprint")
    #expect(terms.review.days == 7 && terms.review.otherwise == .approve)
    #expect(terms.rules.reviewAt == 40 && terms.rules.rejectAt == 90)
    #expect(terms.rules.rules.map(\.name) == ["first", "second"])
    let first = try #require(terms.rules.rules.first)
    #expect(first.verdict == .approve && first.weight == -20 && first.mode == .on)
    #expect(first.reason == "Two lines are one.")
    var sheet = FactSheet()
    sheet[.referrerDomain] = .text("mailinator.com")
    #expect(first.condition.holds(for: sheet) == .yes)
    let second = try #require(terms.rules.rules.last)
    #expect(second.verdict == nil && second.weight == 5 && second.mode == .shadow)
  }

  @Test func aFileThatSaysNothingIsTheEnvironmentAlone() async throws {
    let environment = ["REFERRAL_REWARD_AMOUNT": "7", "REFERRAL_DAILY_LIMIT": "3"]
    for text in ["", "# nothing\n", "programme:\nrules:\nlists: ~\nsections: []\nmarks:\n"] {
      let book = try await Self.book(text, environment)
      #expect(book.text == text)
      #expect(book.version == Hex.encode(try SHA256.hash(Array(text.utf8))))
      #expect(book.shortVersion == book.version.prefix(12))
      #expect(book.sections.isEmpty && book.standard.rules.rules.isEmpty)
      #expect(book.standard.programme.reward.description == "7 USD")
      #expect(book.standard.conditions.dailyLimit == 3)
      #expect(book.standard.conditions.blocked.domains.contains("mailinator.com"))
      #expect(book.standard.review == ReviewTerms() && book.standard.marks == OrderMarks())
    }
  }

  @Test func theEnvironmentCountsInsteadOfTheTopOfTheFile() async throws {
    let text = """
      programme:
        reward: {amount: 5, currency: EUR}
        channels: [a]
        daily_limit: 3
      """
    let environment = ["REFERRAL_REWARD_AMOUNT": "7", "REFERRAL_CHANNELS": "b, c"]
    let reading = try await TermsFolder.reading(text, environment)
    let terms = try #require(reading.book?.standard)
    #expect(terms.programme.reward.description == "7 EUR")
    #expect(terms.conditions.channels == ["b", "c"])
    #expect(terms.conditions.dailyLimit == 3)
    #expect(reading.notices.count == 2)
    #expect(reading.notices.first?.hasPrefix("REFERRAL_REWARD_AMOUNT is set, so") == true)
    // A file is right or wrong by itself, and a variable too.
    let wrong = try await TermsFolder.reading(
      "programme: {reward: {amount: -5}}", environment.merging(["REFERRAL_DAILY_LIMIT": "x"]) { $1 }
    )
    #expect(wrong.fileFaults.map(\.place.column) == [30])
    #expect(wrong.environmentFaults.map { $0.prefix { $0 != " " } } == ["REFERRAL_DAILY_LIMIT"])
    #expect(wrong.book == nil)
  }

  @Test func aSectionChangesWhatStandsAbove() async throws {
    let book = try await Self.book(
      """
      programme: {reward: {amount: 5, currency: EUR}, minimum_order: 20, daily_limit: 3}
      review: {days: 5}
      score: {review_at: 50, reject_at: 100}
      rules:
        - {name: one, when: buyer_guest, then: review, weight: 10, reason: One.}
        - {name: two, when: same_phone, then: review, reason: Two., mode: shadow}
      sections:
        - store: HTTPS://Shop.Example.com/graphql/
          channels: [pl, us]
          programme: {reward: {amount: 30, currency: PLN}, minimum_order: 90}
          score: {review_at: 30}
          rules:
            - {name: two, mode: on}
            - {name: three, when: same_card, weight: 60, reason: Three.}
            - {name: one, when: first_order, then: reject}
        - channels: [us]
          programme: {reward: {amount: 9}}
      """, ["REFERRAL_DAILY_LIMIT": "4", "REFERRAL_REWARD_AMOUNT": "6"])
    let shop = try #require(Self.shop)
    let other = try #require(StoreAddress("https://other.example.com/graphql/"))
    #expect(book.terms(store: shop, channel: "web").programme.reward.description == "6 EUR")
    let poland = book.terms(store: shop, channel: "pl")
    #expect(poland.programme.reward.description == "30 PLN")
    #expect(poland.conditions.minimumOrder?.description == "90 PLN")
    #expect(poland.conditions.dailyLimit == 4)
    #expect(poland.review.days == 5)
    #expect(poland.rules.reviewAt == 30 && poland.rules.rejectAt == 100)
    #expect(poland.rules.rules.map(\.name) == ["one", "two", "three"])
    #expect(poland.rules.rules.map(\.verdict) == [.reject, .review, nil])
    #expect(poland.rules.rules.map(\.weight) == [10, 0, 60])
    #expect(poland.rules.rules.map(\.mode) == [.on, .on, .on])
    #expect(poland.rules.rules.first?.condition.source == "first_order")
    #expect(poland.rules.rules.first?.reason == "One.")
    // The last that fits counts, alone.
    #expect(book.terms(store: shop, channel: "us").programme.reward.description == "9 EUR")
    #expect(book.terms(store: shop, channel: "us").rules.rules.count == 2)
    #expect(book.terms(store: other, channel: "pl").programme.reward.description == "6 EUR")
    #expect(book.all(for: shop).count == 3 && book.all(for: other).count == 2)
    #expect(book.standard.rules.rules.map(\.mode) == [.on, .shadow])
  }

  @Test func aSectionThatLeavesVouchersLeavesTheirMinimumToo() async throws {
    let book = try await Self.book(
      """
      programme: {reward: {type: voucher, amount: 5, currency: EUR, voucher_minimum_spend: 20}}
      sections:
        - {channels: [a], programme: {reward: {type: gift_card}}}
        - {channels: [b], programme: {reward: {amount: 8}}}
      """)
    #expect(book.sections.map(\.terms.programme.kind) == [.giftCard, .voucher])
    #expect(book.sections.map(\.terms.programme.minimumSpend) == [nil, 20])
    #expect(book.all().widestKind == .voucher)
    #expect([book.sections[0].terms].widestKind == .giftCard)
  }

  @Test func theFileGivesWhatProductionAsksFor() async throws {
    try await TermsFolder.with("programme: {reward: {amount: 5, currency: EUR}}") { folder in
      var environment = ConfigurationTests.production
      environment["REFERRAL_REWARD_AMOUNT"] = nil
      environment["REFERRAL_REWARD_CURRENCY"] = nil
      environment["LAUREL_CONFIG"] = folder.file
      let configuration = try Configuration(environment: environment)
      #expect(configuration.terms.standard.programme.reward.description == "5 EUR")
      folder.write("programme: {reward: {amount: 5}}\nrules: [1]\n")
      do throws(ConfigurationError) {
        _ = try Configuration(environment: environment)
        Issue.record("a fault is not seen")
      } catch {
        #expect(error.faults.count == 2)
        #expect(error.faults.first?.hasPrefix("REFERRAL_REWARD_CURRENCY is missing") == true)
        #expect(error.faults.last?.hasPrefix("\(folder.file):2:9: ") == true)
      }
      // A command that judges no orders works all the same.
      _ = try Configuration(environment: environment, for: .ledgerCommand)
    }
  }

  @Test func aFileThatIsNamedHasToBeThere() throws {
    do {
      _ = try Configuration(environment: ["LAUREL_CONFIG": "/nonexistent/laurel.yaml"])
      Issue.record("the file is not missed")
    } catch {
      #expect(error.faults.first?.contains("/nonexistent/laurel.yaml cannot be read") == true)
    }
  }

  @Test func theListBesideAFileIsTaken() async throws {
    let text =
      "rules: [{name: r, when: buyer_domain in disposable_domains, weight: 1, reason: x}]\n"
    try await TermsFolder.with(text) { folder in
      let elsewhere = ["LAUREL_CONFIG": "/nonexistent/laurel.yaml"]
      #expect(TermsSource(file: folder.file, environment: elsewhere).read().faults == [])
      try FileManager.default.removeItem(atPath: "\(folder.path)/disposable-domains.txt")
      #expect(TermsSource(file: folder.file, environment: [:]).read().faults == [])
      let faults = TermsSource(file: folder.file, environment: elsewhere).read().faults
      #expect(
        faults.first?.contains("no file /nonexistent/disposable-domains.txt can be read") == true)
    }
  }

  /// Made ready for each rule, the list would take many seconds and hundreds of megabytes.
  @Test(.timeLimit(.minutes(1))) func rulesShareALongList() async throws {
    let entries = (0..<40_000).map { "d\($0).example" }.joined(separator: ", ")
    let rules = (0..<60).map {
      "  - {name: r\($0), when: buyer_domain in mine, weight: 1, reason: x}\n"
    }
    let text = "lists: {mine: [\(entries)]}\nrules:\n\(rules.joined())"
    let start = ContinuousClock.now
    #expect(try await TermsFolder.reading(text).book?.standard.rules.rules.count == 60)
    #expect(ContinuousClock.now - start < .seconds(10))
  }

  @Test func theShippedFileIsRightAndPaysAsTheEnvironmentAlone() async throws {
    let shipped = TermsSource(file: "config/laurel.yaml", environment: [:]).read()
    let book = try #require(shipped.book, "\(shipped.faults)")
    #expect(shipped.notices.isEmpty)
    let alone = try await Self.book("").standard
    #expect(book.sections.isEmpty)
    #expect(book.standard.programme.reward == alone.programme.reward)
    #expect(book.standard.programme.kind == alone.programme.kind)
    #expect(book.standard.review == ReviewTerms() && book.standard.marks == OrderMarks())
    #expect(book.standard.conditions.blocked.domains == alone.conditions.blocked.domains)
    #expect(book.standard.conditions.minimumOrder == nil)
    #expect(book.standard.conditions.dailyLimit == nil)
    // Every signal is asked for, and nothing acts.
    let rules = book.standard.rules.rules
    let asked = rules.reduce(into: Set<Signal>()) { $0.formUnion($1.condition.signals) }
    #expect(Set(Signal.allCases).subtracting(asked).map(\.name) == [])
    #expect(rules.allSatisfy { $0.mode == .shadow })
    #expect((20...30).contains(rules.count))
    for fill in [0.0, 1, 1_000] {
      let judgement = Judgement.of(Self.sheet(fill), by: book.standard.rules)
      #expect(judgement.outcome == .approve && judgement.score == 0)
    }
  }

  @Test func whatIsKeptOfAFileIsEnoughToReadItAgain() async throws {
    let named =
      "rules:\n  - {name: r, when: buyer_domain in disposable_domains, weight: 1, reason: x}"
    for text in [named, named + "\n", "rules: []\n"] {
      let book = try await Self.book(text)
      #expect(book.text.hasPrefix(text) && (book.text == text) == (text == "rules: []\n"))
      #expect(book.version == Hex.encode(try SHA256.hash(Array(book.text.utf8))))
      let again = try #require(TermsSource.kept(book.text, version: book.version).book)
      #expect(again.version == book.version && again.text == book.text)
      var sheet = FactSheet()
      sheet[.buyerDomain] = .text("mailinator.com")
      #expect(
        again.standard.rules.rules.map { $0.condition.holds(for: sheet) }
          == book.standard.rules.rules.map { $0.condition.holds(for: sheet) })
    }
    // Another list is another version.
    try await TermsFolder.with(named) { folder in
      let environment = ["LAUREL_CONFIG": folder.file]
      let before = try #require(
        TermsSource(file: folder.file, environment: environment).read().book)
      _ = FileManager.default.createFile(
        atPath: "\(folder.path)/disposable-domains.txt", contents: Data("example.org\n".utf8))
      let after = try #require(TermsSource(file: folder.file, environment: environment).read().book)
      #expect(before.version != after.version)
      let again = try #require(TermsSource.kept(after.text, version: after.version).book)
      var sheet = FactSheet()
      sheet[.buyerDomain] = .text("example.org")
      #expect(again.standard.rules.rules.first?.condition.holds(for: sheet) == .yes)
    }
    let shipped = try #require(
      TermsSource(file: "config/laurel.yaml", environment: [:]).read().book)
    #expect(TermsSource.kept(shipped.text, version: shipped.version).fileFaults.isEmpty)
  }

  /// A sheet on which everything is known: each number is `fill`, each answer yes.
  private static func sheet(_ fill: Double) -> FactSheet {
    var sheet = FactSheet()
    for signal in Signal.allCases {
      switch signal.type {
      case .flag: sheet[signal] = .flag(true)
      case .number: sheet[signal] = .number(fill)
      case .duration: sheet[signal] = .duration(fill)
      case .times: sheet[signal] = .times(Array(repeating: fill, count: 50))
      case .text: sheet[signal] = .text("example.com")
      case .money:
        if let usd = Currency("USD") {
          sheet[signal] = .money(Money(amount: Decimal(fill), currency: usd))
        }
      }
    }
    return sheet
  }
}
