import Rules
import Testing

@testable import App

/// Bad campaigns: every fault with its line and column, all at once.
@Suite struct CampaignFaultTests {
  typealias Bad = TermsFaultTests.Bad

  /// A campaign with this line, in line 3, that gives `rewards`.
  private static func campaign(
    _ line: String, rewards: String = "[{for: referrer, amount: {USD: 10}}]"
  ) -> String {
    "campaigns:\n  - id: spring\n    \(line)\n    rewards: \(rewards)\n"
  }

  /// A campaign with one reward for the referrer, whose other keys begin in line 5, column 9.
  private static func reward(_ keys: String) -> String {
    "campaigns:\n  - id: spring\n    rewards:\n      - for: referrer\n        \(keys)\n"
  }

  static let files = [
    Bad("campaigns: spring\n", ("1:12", "campaigns must be a list, not \"spring\"")),
    Bad("campaigns:\n  -\n", ("2:4", "a campaign is missing here")),
    Bad("campaigns: [spring]\n", ("1:13", "a campaign must hold keys with values")),
    Bad("campaings: []\n", ("1:1", "did you mean `campaigns`?")),
    Bad("time_zone: berlin\n", ("1:12", "time_zone must be UTC, or an area and a place")),
    Bad("time_zone: [UTC]\n", ("1:12", "must be one value")),
    Bad("time_zone: Europe//Berlin\n", ("1:12", "not \"Europe//Berlin\"")),
    Bad("time_zone: Europe/Ber lin\n", ("1:12", "such as Europe/Berlin")),
    Bad(
      "sections:\n  - channels: [a]\n    time_zone: UTC\n",
      ("3:5", "a section has no key \"time_zone\"")),
    Bad(
      "sections:\n  - channels: [pl]\n    campaigns:\n      - id: a\n        channels: [us]\n"
        + "        rewards: [{for: friend, percent: 5}]\n",
      ("4:9", "it is for none of the section's channels")),
    Bad(
      "sections:\n  - channels: [pl]\n    campaigns:\n      - {id: a, rewards: [{for: friend}]}\n",
      ("4:27", "a reward needs one of amount, percent, tiers, milestones")),
  ]

  static let campaigns = [
    Bad("campaigns:\n  - {}\n", ("2:5", "needs an `id`"), ("2:5", "needs `rewards`")),
    Bad(campaign("days: 5"), ("3:5", "a campaign has no key \"days\"; it can have id, from")),
    Bad(campaign("hold_day: 5"), ("3:5", "did you mean `hold_days`?")),
    Bad(
      "campaigns:\n  - {id: Spring_1, rewards: [{for: friend, percent: 101}]}\n",
      ("2:10", "small letters, digits and hyphens, 32 at most, not \"Spring_1\""),
      ("2:53", "percent must be a decimal above 0 and at most 100")),
    Bad(
      "campaigns:\n  - {id: \(String(repeating: "a", count: 33)), rewards: [{for: friend, percent: 1}]}\n",
      ("2:10", "32 at most")),
    Bad(
      "campaigns:\n  - {id: a, until: 2026-12-01, rewards: [{for: friend, percent: 1}]}\n"
        + "  - {id: a, rewards: [{for: friend, percent: 1}]}\n",
      ("3:5", "there are two campaigns a; the other stands in line 2")),
    Bad(campaign("from: 2026-02-30"), ("3:11", "a day of the calendar such as 2026-12-01")),
    Bad(campaign("from: 1.12.2026"), ("3:11", "not \"1.12.2026\"")),
    Bad(
      campaign("from: 2026-12-31\n    until: 2026-12-30"),
      ("4:12", "until, 2026-12-30, is before from, 2026-12-31")),
    Bad(campaign("channels: [\"a b\", c]"), ("3:16", "\"a b\" is not a channel's slug")),
    Bad(
      campaign("countries: [de, DEU, AT, D1]"),
      ("3:17", "\"de\" is no country of two capital letters; did you mean `DE`?"),
      ("3:21", "\"DEU\" is no country of two capital letters such as DE"), ("3:30", "\"D1\"")),
    Bad(
      campaign("categories: [shirts, UHJvZHVjdDox]"),
      ("3:18", "\"shirts\" is not the id of a category, such as Q2F0ZWdvcnk6MQ=="),
      ("3:26", "is not the id of a category")),
    Bad(campaign("first_order_only: maybe"), ("3:23", "must be true or false, not \"maybe\"")),
    Bad(campaign("hold_days: 91"), ("3:16", "a whole number from 0 to 90")),
    Bad(campaign("approval: none"), ("3:15", "must be one of: automatic, manual; not \"none\"")),
    Bad(campaign("minimum_order: 50"), ("3:20", "by currency, such as {USD: 10.00}")),
    Bad(campaign("minimum_order: {}"), ("3:20", "minimum_order names no currency")),
    Bad(
      campaign("minimum_order: {usd: 5, ZZZ: 5, USD: 0}"),
      ("3:21", "\"usd\" is no currency of ISO 4217; did you mean `USD`?"),
      ("3:29", "\"ZZZ\" is no currency of ISO 4217, such as USD"),
      ("3:42", "minimum_order.USD must be a decimal above 0")),
    Bad(
      campaign("minimum_order: {USD: 50, EUR: 45}"),
      ("3:30", "minimum_order in EUR would never count, as nothing is paid in it")),
    Bad(
      campaign("four_eyes_above: {EUR: 5}"), ("3:23", "four_eyes_above in EUR would never count")),
    Bad(campaign("four_eyes_above: {USD: -1}"), ("3:28", "must be a decimal, 0 or more")),
    Bad(
      campaign("budget: {USD: 9.99, PLN: 5}"),
      ("3:14", "a budget of 9.99 USD could never pay: an order earns 10 at least"),
      ("3:25", "budget in PLN would never count")),
    Bad(
      campaign(
        "budget: {USD: 15}",
        rewards: "[{for: referrer, amount: {USD: 10}}, {for: friend, amount: {USD: 6}}]"),
      ("3:14", "an order earns 16 at least")),
    Bad(
      campaign(
        "budget: {USD: 4}",
        rewards: "[{for: referrer, tiers: {USD: [{from: 9, amount: 7}, {from: 99, amount: 5}]}}]"),
      ("3:14", "an order earns 5 at least")),
    Bad(
      campaign(
        "budget: {USD: 4}", rewards: "[{for: referrer, milestones: {1: {USD: 5}, 5: {EUR: 1}}}]"),
      ("3:14", "an order earns 5 at least")),
    Bad(
      campaign("limits: {per_day: 0, per_month: x, per_year: 5}"),
      ("3:23", "limits.per_day must be a whole number from 1"), ("3:37", "limits.per_month must"),
      ("3:40", "limits has no key \"per_year\"")),
    Bad(
      campaign("link: {source: [a], medium: \"\", camp: x}"),
      ("3:20", "link.source must be one value"), ("3:33", "link.medium is empty"),
      ("3:37", "link has no key \"camp\"")),
    Bad(
      campaign("link: {source: \(String(repeating: "a", count: 101))}"),
      ("3:20", "100 at most are read")),
  ]

  static let rewards = [
    Bad(campaign("hold_days: 1", rewards: "[]"), ("4:14", "the campaign would give nothing")),
    Bad(campaign("hold_days: 1", rewards: "{}"), ("4:14", "rewards must be a list")),
    Bad(campaign("hold_days: 1", rewards: "~"), ("2:5", "a campaign needs `rewards`")),
    Bad(campaign("hold_days: 1", rewards: "[gift]"), ("4:15", "a reward must hold keys")),
    Bad(
      campaign("hold_days: 1", rewards: "[{amount: {USD: 5}}, {for: buyer, percent: 5}]"),
      ("4:15", "a reward needs `for`: referrer or friend"),
      ("4:41", "must be one of: referrer, friend; not \"buyer\"")),
    Bad(
      campaign(
        "hold_days: 1", rewards: "[{for: friend, percent: 1}, {for: friend, percent: 2}]"),
      ("4:42", "there are two rewards for the friend; the other stands in line 4")),
    Bad(
      reward("type: cash"), ("4:9", "a reward needs one of"),
      ("5:15", "must be one of: gift_card, voucher")),
    Bad(reward("amunt: {USD: 5}"), ("4:9", "needs one of"), ("5:9", "did you mean `amount`?")),
    Bad(
      reward("percent: 5\n        amount: 5"),
      ("6:9", "only one of amount, percent, tiers, milestones, and this has percent and amount"),
      ("6:17", "amount must be given by currency, such as {USD: 10.00}")),
    Bad(reward("amount: {USD: 1.234}"), ("5:23", "with at most 2 digits after the point")),
    Bad(reward("amount: {JPY: 10.5}"), ("5:23", "without digits after the point, as JPY has")),
    Bad(reward("amount: {KWD: 1.2345}"), ("5:23", "with at most 3 digits after the point")),
    Bad(reward("amount: {USD: 0}"), ("5:23", "amount.USD must be a decimal above 0, below")),
    Bad(reward("amount: {USD: 1000000000}"), ("5:23", "below 1000000000")),
    Bad(reward("amount: {USD: ten}"), ("5:23", "not \"ten\"")),
    Bad(reward("percent: 0"), ("5:18", "above 0 and at most 100")),
    Bad(reward("percent: 10%"), ("5:18", "not \"10%\"")),
    Bad(reward("percent: 7.125"), ("5:18", "with at most 2 digits")),
    Bad(
      reward("percent: 5\n        cap: {USD: 0}"),
      ("6:20", "cap.USD must be a decimal above 0")),
    Bad(
      reward("percent: 5\n        currencies: [USD, euro]\n        cap: {PLN: 5}"),
      ("6:27", "\"euro\" is no currency"), ("7:15", "a cap in PLN would never count")),
    Bad(
      reward("amount: {USD: 5}\n        cap: {USD: 5}\n        currencies: [USD]"),
      ("6:9", "cap can only stand beside `percent`"), ("7:9", "currencies can only stand beside")),
    Bad(reward("tiers: [{from: 0, amount: 5}]"), ("5:16", "such as {USD: [{from: 0")),
    Bad(reward("tiers: {USD: []}"), ("5:22", "tiers.USD has no tier")),
    Bad(reward("tiers: {USD: 5}"), ("5:22", "tiers.USD must be a list")),
    Bad(
      reward("tiers: {USD: [{below: 5}, {from: -1, amount: 0, up_to: 3}]}"),
      ("5:23", "a tier needs `from`"), ("5:23", "a tier needs `amount`"),
      ("5:42", "from must be a decimal, 0 or more"), ("5:54", "amount must be a decimal above 0"),
      ("5:57", "a tier has no key \"up_to\"")),
    Bad(
      reward("tiers: {USD: [{from: 5, below: 5, amount: 1}]}"),
      ("5:40", "below, 5, must be more than from, 5: no order would be in this tier")),
    Bad(
      reward("tiers: {USD: [{from: 0, below: 100, amount: 5}, {from: 99.99, amount: 15}]}"),
      ("5:57", "this tier begins at 99.99 USD, and the one before reaches up to 100: they overlap")),
    Bad(
      reward("tiers: {USD: [{from: 100, amount: 5}, {from: 100, amount: 15}]}"),
      ("5:47", "tiers must rise: this one begins at 100 USD, the one before at 100")),
    Bad(reward("milestones: {}"), ("5:21", "milestones names no number")),
    Bad(reward("milestones: [{USD: 5}]"), ("5:21", "such as {1: {USD: 5.00}}")),
    Bad(
      reward("milestones: {0: {USD: 5}, 10001: {USD: 5}, first: {USD: 5}, 01: {USD: 5}, 2: 5}"),
      ("5:22", "a milestone must be a whole number from 1 to 10000, not \"0\""),
      ("5:35", "not \"10001\""), ("5:52", "not \"first\""), ("5:69", "not \"01\""),
      ("5:86", "milestones.2 must be given by currency")),
    Bad(
      reward("amount: {USD: 5}\n        validity: 90"),
      ("6:19", "a length such as 30d, 6w, 3mo or 1y, of ten years at most, or `store`, not \"90\"")
    ),
    Bad(reward("amount: {USD: 5}\n        validity: 11y"), ("6:19", "ten years at most")),
    Bad(reward("amount: {USD: 5}\n        validity: 0d"), ("6:19", "a length such as")),
    Bad(
      reward("amount: {USD: 5}\n        bound: maybe"), ("6:16", "bound must be true or false")),
    Bad(
      reward("amount: {USD: 5}\n        voucher: {percent: 5}"),
      ("6:9", "voucher is for rewards of the type voucher")),
    Bad(
      reward(
        "type: voucher\n        amount: {USD: 5}\n        bound: true\n        validity: store"),
      ("7:9", "only a gift card can be bound"), ("8:19", "the store has no validity for vouchers")),
    Bad(
      reward("type: voucher\n        percent: 5\n        voucher: {percent: 5}"),
      ("7:19", "a voucher that takes off percent needs `amount`")),
    Bad(
      reward(
        "type: voucher\n        amount: {USD: 5}\n"
          + "        voucher: {percent: 0, minimum_spend: {EUR: 5, USD: x}, categories: [a], of: 1}"
      ),
      ("7:28", "voucher.percent must be a decimal above 0"),
      ("7:47", "voucher.minimum_spend in EUR would never count"),
      ("7:60", "voucher.minimum_spend.USD must be"), ("7:77", "is not the id of a category"),
      ("7:81", "voucher has no key \"of\"")),
  ]

  /// Campaigns that no order would reach; the fault stands at the lower one, in line 3.
  static let unreachable = [
    ("rewards: [{for: friend, percent: 5}]", "from: 2026-12-01, channels: [a]"),
    ("channels: [a, b], rewards: [{for: friend, percent: 5}]", "channels: [b]"),
    (
      "from: 2026-12-01, until: 2026-12-31, rewards: [{for: friend, percent: 5}]",
      "from: 2026-12-01, until: 2026-12-24"
    ),
    ("first_order_only: true, rewards: [{for: friend, percent: 5}]", "first_order_only: true"),
    ("minimum_order: {USD: 5}, rewards: [{for: friend, percent: 5}]", "minimum_order: {USD: 5}"),
    ("limits: {in_all: 1}, rewards: [{for: friend, amount: {USD: 5, EUR: 1}}]", "hold_days: 5"),
    (
      "rewards: [{for: friend, tiers: {USD: [{from: 0, below: 9, amount: 1}, {from: 9, amount: 2}]}}]",
      "hold_days: 0"
    ),
  ]

  /// Campaigns that leave something to those below.
  static let reachable = [
    ("rewards: [{for: friend, amount: {EUR: 5}}]", "hold_days: 0"),
    ("rewards: [{for: friend, percent: 5, currencies: [EUR]}]", "hold_days: 0"),
    ("budget: {USD: 50}, rewards: [{for: friend, percent: 5}]", "hold_days: 0"),
    ("channels: [a], rewards: [{for: friend, percent: 5}]", "channels: [a, b]"),
    ("countries: [DE], rewards: [{for: friend, percent: 5}]", "hold_days: 0"),
    ("categories: [Q2F0ZWdvcnk6MQ==], rewards: [{for: friend, percent: 5}]", "hold_days: 0"),
    ("until: 2026-12-31, rewards: [{for: friend, percent: 5}]", "from: 2026-12-01"),
    ("from: 2026-12-31, rewards: [{for: friend, percent: 5}]", "from: 2026-12-01"),
    ("first_order_only: true, rewards: [{for: friend, percent: 5}]", "hold_days: 0"),
    ("minimum_order: {USD: 5}, rewards: [{for: friend, percent: 5}]", "minimum_order: {USD: 4}"),
    ("rewards: [{for: friend, tiers: {USD: [{from: 50, amount: 5}]}}]", "hold_days: 0"),
    ("rewards: [{for: friend, tiers: {USD: [{from: 0, below: 9, amount: 1}]}}]", "hold_days: 0"),
  ]

  @Test(arguments: files + campaigns + rewards)
  func everyFaultIsNamedWithItsPlace(bad: Bad) async throws {
    let faults = try await TermsFolder.faults(bad.text)
    #expect(
      faults.map { $0.split(separator: ": ", maxSplits: 1).first.map(String.init) }
        == bad.faults.map(\.place), "\(faults)")
    for (place, words) in bad.faults {
      #expect(
        faults.contains { $0.hasPrefix("\(place): ") && $0.contains(words) },
        "\(place): \(words) is not among \(faults)")
    }
  }

  @Test(arguments: unreachable)
  func aCampaignThatIsNeverReachedIsAFault(above: String, below: String) async throws {
    let faults = try await TermsFolder.faults(Self.pair(above, below))
    #expect(
      faults == [
        "3:5: the campaign low would never count: high, in line 2, takes all its orders, and "
          + "stands above"
      ])
  }

  @Test(arguments: reachable)
  func aCampaignThatIsReachedIsNone(above: String, below: String) async throws {
    #expect(try await TermsFolder.faults(Self.pair(above, below)) == [])
  }

  @Test func aCampaignOfSectionsIsNotHiddenByOneAboveThem() async throws {
    let rewards = "rewards: [{for: friend, percent: 5}]"
    let text =
      "campaigns: [{id: a, \(rewards)}]\nsections:\n  - channels: [b]\n"
      + "    campaigns: [{id: a, \(rewards)}]\n"
    #expect(try await TermsFolder.faults(text) == [])
  }

  @Test func tooManyCampaignsAreRefused() async throws {
    let campaigns = { (count: Int) in
      "campaigns:\n"
        + (0..<count).map {
          "  - {id: c\($0), channels: [c\($0)], rewards: [{for: friend, percent: 5}]}\n"
        }.joined()
    }
    #expect(try await TermsFolder.faults(campaigns(100)).isEmpty)
    #expect(
      try await TermsFolder.faults(campaigns(101))
        == ["2:3: there are 101 campaigns; 100 at most are read"])
  }

  private static func pair(_ above: String, _ below: String) -> String {
    "campaigns:\n  - {id: high, \(above)}\n"
      + "  - {id: low, \(below), rewards: [{for: referrer, amount: {USD: 5}}]}\n"
  }
}
