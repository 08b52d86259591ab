import Domain
import FoundationEssentials
import Rules
import Testing

@testable import App

/// What campaigns of a file come out as.
@Suite struct CampaignReadingTests {
  private static let plain = "{id: a, rewards: [{for: friend, percent: 5}]}"

  @Test func everyKeyIsRead() async throws {
    let book = try await TermsSourceTests.book(
      """
      time_zone: America/Argentina/Buenos_Aires
      campaigns:
        - id: spring-1
          from: 2028-02-29
          until: 2028-02-29
          channels: [us, default-channel]
          countries: [DE, AT]
          categories: [Q2F0ZWdvcnk6MQ==]
          first_order_only: true
          minimum_order: {USD: 50.00, JPY: 4500}
          hold_days: 14
          approval: manual
          four_eyes_above: {USD: 0}
          budget: {USD: 1000}
          limits: {per_day: 3, per_month: 10, in_all: 50}
          link: {source: newsletter, medium: mail, campaign: spring}
          rewards:
            - for: referrer
              amount: {USD: 10.50, JPY: 900}
              validity: store
              bound: true
            - for: friend
              type: voucher
              amount: {USD: 5}
              validity: 3mo
              voucher: {percent: 12.5, minimum_spend: {USD: 30}, categories: [Q2F0ZWdvcnk6MQ==]}
        - id: "2"
          rewards:
            - {for: friend, type: gift_card, percent: 10, cap: {USD: 25}, currencies: [USD, EUR]}
            - for: referrer
              tiers:
                USD: [{from: 0, below: 100, amount: 5}, {from: 100, amount: 15}]
                EUR: [{from: 50.50, amount: 4}]
              validity: 6w
        - id: default
          rewards: [{for: referrer, milestones: {1: {PLN: 5}, 10: {PLN: 50, KWD: 1.25}}}]
      """)
    #expect(book.timeZone == "America/Argentina/Buenos_Aires")
    let (usd, eur, jpy) = (try currency("USD"), try currency("EUR"), try currency("JPY"))
    let (pln, kwd) = (try currency("PLN"), try currency("KWD"))

    var referrer = RewardOffer(
      role: .referrer, kind: .giftCard, amount: .fixed([usd: 10.5, jpy: 900]))
    referrer.validity = .store
    referrer.isBound = true
    var friend = RewardOffer(role: .friend, kind: .voucher, amount: .fixed([usd: 5]))
    friend.validity = .period(RewardPeriod(count: 3, unit: .month))
    friend.voucher.percentOff = 12.5
    friend.voucher.minimumSpend = [usd: 30]
    friend.voucher.categories = ["Q2F0ZWdvcnk6MQ=="]
    var spring = Campaign(id: "spring-1", offers: [referrer, friend])
    spring.firstDay = CalendarDay("2028-02-29")
    spring.lastDay = spring.firstDay
    spring.channels = ["us", "default-channel"]
    spring.countries = ["DE", "AT"]
    spring.categories = ["Q2F0ZWdvcnk6MQ=="]
    spring.firstOrderOnly = true
    spring.minimumOrder = [usd: 50, jpy: 4500]
    spring.holdDays = 14
    spring.approval = .manual
    spring.fourEyesAbove = [usd: 0]
    spring.budget = [usd: 1000]
    spring.limits.perDay = 3
    spring.limits.perMonth = 10
    spring.limits.inAll = 50
    spring.linkMarks.source = "newsletter"
    spring.linkMarks.medium = "mail"
    spring.linkMarks.campaign = "spring"

    var tiers = RewardOffer(
      role: .referrer, kind: .giftCard,
      amount: .tiers([
        usd: [.init(from: 0, below: 100, amount: 5), .init(from: 100, amount: 15)],
        eur: [.init(from: 50.5, amount: 4)],
      ]))
    tiers.validity = .period(RewardPeriod(count: 6, unit: .week))
    let second = Campaign(
      id: "2",
      offers: [
        RewardOffer(
          role: .friend, kind: .giftCard,
          amount: .percent(10, cap: [usd: 25], currencies: [usd, eur])), tiers,
      ])
    let third = Campaign(
      id: "default",
      offers: [
        RewardOffer(
          role: .referrer, kind: .giftCard,
          amount: .milestones([1: [pln: 5], 10: [pln: 50, kwd: 1.25]]))
      ])
    #expect(book.standard.namedCampaigns == [spring, second, third])
    #expect(book.all().widestKind == .voucher)
  }

  @Test func whatIsLeftOutIsAsItComes() async throws {
    for text in ["campaigns: []\n", "campaigns:\n", "time_zone:\n", ""] {
      let book = try await TermsSourceTests.book(text)
      #expect(book.standard.namedCampaigns.isEmpty && book.timeZone == "UTC")
      #expect(book.standard.campaigns == [Campaign(book.standard.programme)])
    }
    let book = try await TermsSourceTests.book(
      """
      campaigns:
        - id: a
          from:
          channels: []
          hold_days: ~
          limits: {}
          link: {}
          rewards: [{for: friend, percent: 5, cap: ~, validity: ~, voucher: ~}]
      """)
    #expect(
      book.standard.campaigns == [
        Campaign(
          id: "a",
          offers: [
            RewardOffer(
              role: .friend, kind: .giftCard, amount: .percent(5, cap: [:], currencies: []))
          ])
      ])
  }

  @Test(
    arguments: [
      ("1d", RewardPeriod(count: 1, unit: .day)), ("3650d", RewardPeriod(count: 3650, unit: .day)),
      ("520w", RewardPeriod(count: 520, unit: .week)),
      ("120mo", RewardPeriod(count: 120, unit: .month)),
      ("10y", RewardPeriod(count: 10, unit: .year)),
      ("3651d", nil), ("521w", nil), ("121mo", nil), ("11y", nil), ("0d", nil), ("-1d", nil),
      ("1 d", nil), ("d", nil), ("", nil), ("1m", nil), ("٣d", nil),
      ("99999999999999999999d", nil),
    ] as [(String, RewardPeriod?)])
  func lengthsAreReadStrictly(text: String, period: RewardPeriod?) {
    #expect(RewardPeriod(text) == period)
  }

  @Test func aSectionsListReplacesThatAbove() async throws {
    let book = try await TermsSourceTests.book(
      """
      campaigns:
        - {id: a, rewards: [{for: friend, percent: 5}]}
      sections:
        - {channels: [same], review: {days: 3}}
        - channels: [other]
          campaigns:
            - {id: a, until: 2027-01-01, rewards: [{for: friend, percent: 9}]}
            - {id: b, channels: [other], rewards: [{for: referrer, type: voucher, percent: 3}]}
        - {channels: [none], campaigns: []}
      """)
    let amounts = ([book.standard] + book.sections.map(\.terms)).map { terms in
      terms.namedCampaigns.flatMap(\.offers).map(\.amount)
    }
    let (five, nine, three) = (Self.percent(5), Self.percent(9), Self.percent(3))
    #expect(amounts == [[five], [five], [nine, three], []])
    #expect(book.sections.last?.terms.campaigns.map(\.id) == ["default"])
  }

  @Test func whatIsKeptOfAFileGivesTheSameCampaigns() async throws {
    let text = try Self.documented()
    let book = try await TermsSourceTests.book(
      text + "sections: [{channels: [x], campaigns: [\(Self.plain)]}]\n")
    let again = try #require(TermsSource.kept(book.text, version: book.version).book)
    #expect(again.standard.namedCampaigns == book.standard.namedCampaigns)
    #expect(
      again.sections.map(\.terms.namedCampaigns) == book.sections.map(\.terms.namedCampaigns))
    #expect(again.sections.first?.terms.namedCampaigns.count == 1)
    #expect(again.timeZone == "Europe/Berlin")
  }

  @Test func theDocumentedExampleIsRight() async throws {
    let reading = try await TermsFolder.reading(try Self.documented())
    #expect(reading.faults == [])
    #expect(reading.notices == [])
    let campaigns = try #require(reading.book?.standard.namedCampaigns)
    #expect(campaigns.map(\.id) == ["spring", "cash-back", "large-orders", "always"])
    #expect(campaigns.first?.limits.inAll == 50)
  }

  @Test func theExampleInTheShippedFileIsRight() async throws {
    let bytes = try #require(FileManager.default.contents(atPath: "config/laurel.yaml"))
    let shipped = String(decoding: bytes, as: UTF8.self)
    #expect(try await TermsSourceTests.book(shipped).standard.namedCampaigns.isEmpty)
    // As somebody would do it who wants it: the empty list and the remarks' signs away.
    var isExample = false
    let lines = shipped.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      if line == "campaigns: []" {
        isExample = true
        return "campaigns:"
      }
      isExample = isExample && line.hasPrefix("#  ")
      return String(isExample ? line.dropFirst() : line)
    }
    let reading = try await TermsFolder.reading(lines.joined(separator: "\n"))
    #expect(reading.faults == [])
    let campaign = try #require(reading.book?.standard.namedCampaigns.first)
    #expect(campaign.id == "spring" && campaign.offers.map(\.role) == [.referrer, .friend])
  }

  @Test func productionAsksForNoRewardWhereCampaignsSayIt() async throws {
    let production = ["LAUREL_ENVIRONMENT": "production", "SALEOR_API_URL": "https://a.example/"]
    let campaigns = "campaigns: [\(Self.plain)]\n"
    #expect(try await TermsFolder.reading(campaigns, production).faults == [])
    // A condition is an amount in a currency all the same.
    let minimum = campaigns + "programme: {minimum_order: 20}\n"
    let missing = try await TermsFolder.reading(minimum, production).faults
    #expect(missing.count == 1)
    #expect(missing.first?.hasPrefix("REFERRAL_REWARD_CURRENCY is missing") == true)
    let given = try await TermsFolder.reading(
      minimum, production.merging(["REFERRAL_REWARD_CURRENCY": "EUR"]) { $1 })
    #expect(given.faults == [] && given.notices == [])
    #expect(given.book?.standard.conditions.minimumOrder?.description == "20 EUR")
    // Where a section goes back to the programme, the programme has to be whole.
    let section = campaigns + "sections: [{channels: [a], campaigns: []}]\n"
    let faults = try await TermsFolder.reading(section, production).faults
    #expect(
      faults.map { $0.prefix { $0 != " " } }
        == ["REFERRAL_REWARD_AMOUNT", "REFERRAL_REWARD_CURRENCY"])
    // Nor is a campaign at fault the reason to ask for a reward.
    let wrong = try await TermsFolder.reading("campaigns: [{id: a}]\n", production).faults
    #expect(wrong.count == 1 && wrong.first?.contains("needs `rewards`") == true, "\(wrong)")
  }

  @Test func aRewardThatDoesNotCountIsTold() async throws {
    let text = """
      programme: {reward: {amount: 5, currency: USD}}
      campaigns: [\(Self.plain)]
      sections:
        - {channels: [a], programme: {reward: {validity_days: 9}}}

      """
    let reading = try await TermsFolder.reading(text, ["REWARD_TYPE": "voucher"])
    let ends = reading.notices.map { notice in
      notice.split(separator: " ").filter { !$0.hasPrefix("/") }.joined(separator: " ")
    }
    let end = "does not count: campaigns say what is given"
    #expect(
      ends == [
        "REWARD_TYPE \(end)", "reward.amount in line 1, \(end)",
        "reward.currency in line 1, \(end)",
        "reward.validity_days in line 4, \(end)",
      ])
    // It counts where a section has none.
    let back = try await TermsFolder.reading(
      text + "  - {channels: [b], campaigns: []}\n", ["REWARD_TYPE": "voucher"])
    #expect(back.notices.count == 1, "\(back.notices)")
  }

  /// The example of config/README.md.
  private static func documented() throws -> String {
    let readme = try #require(FileManager.default.contents(atPath: "config/README.md"))
    let lines = String(decoding: readme, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex(of: "```yaml"))
    return lines[(start + 1)...].prefix { $0 != "```" }.map { "\($0)\n" }.joined()
  }

  private static func percent(_ percent: Decimal) -> AmountRule {
    .percent(percent, cap: [:], currencies: [])
  }

  private func currency(_ code: String) throws -> Currency { try #require(Currency(code)) }
}
