import FoundationEssentials
import ProcessTesting
import Rules
import Testing

@testable import App

/// `laurel rules`, as a process.
@Suite(.timeLimit(.minutes(3))) struct RulesCommandTests {
  @Test func aFileThatIsRightSaysWhatHolds() async throws {
    let text = """
      score: {review_at: 50}
      rules:
        - {name: guests, when: buyer_guest, then: review, weight: 7, reason: x, mode: shadow}
      sections:
        - {channels: [pl], programme: {reward: {amount: 3}}}
      """
    try await TermsFolder.with(text) { folder in
      let ended = try await TestProcess.with(["rules", "check", folder.file], environment: [:])
      #expect(ended.status == 0, "\(ended.output)")
      #expect(ended.output.hasPrefix("\(folder.file) holds. Version "))
      for words in [
        "review at 50", "guests  review  7       shadow  buyer_guest", "For channels pl:",
        "gift card over 3 USD",
      ] {
        #expect(ended.output.contains(words), "\(words): \(ended.output)")
      }
      // The file of the environment, with what the environment sets.
      let named = try await TestProcess.with(
        ["rules", "check", "--json"],
        environment: ["LAUREL_CONFIG": folder.file, "REFERRAL_REWARD_CURRENCY": "EUR"])
      #expect(named.status == 0, "\(named.output)")
      let report = try JSONDecoder().decode(Report.self, from: Data(named.output.utf8))
      #expect(report.faults.isEmpty)
      #expect(report.version?.count == 64)
      #expect(report.standard?.rewardCurrency == "EUR")
      #expect(report.standard?.rules.map(\.name) == ["guests"])
    }
  }

  @Test func campaignsAreSaidInWords() async throws {
    let text = """
      time_zone: Europe/Berlin
      campaigns:
        - id: spring
          from: 2026-12-01
          until: 2026-12-31
          channels: [us]
          minimum_order: {USD: 50, EUR: 45}
          first_order_only: true
          hold_days: 1
          approval: manual
          four_eyes_above: {USD: 100}
          budget: {USD: 1000}
          limits: {per_day: 3, in_all: 50}
          rewards:
            - {for: referrer, amount: {USD: 10, EUR: 9}, validity: 3mo, bound: true}
            - {for: friend, type: voucher, amount: {USD: 5}, voucher: {percent: 15}}
        - {id: back, until: 2026-12-31, rewards: [{for: friend, percent: 5, cap: {USD: 25}}]}
        - id: tiers
          channels: [de]
          rewards:
            - {for: referrer, tiers: {EUR: [{from: 0, amount: 5}, {from: 100, amount: 9}]}}
        - {id: last, rewards: [{for: referrer, milestones: {1: {USD: 5}, 10: {USD: 50}}}]}
      """
    try await TermsFolder.with(text) { folder in
      let ended = try await TestProcess.with(["rules", "check", folder.file], environment: [:])
      #expect(ended.status == 0, "\(ended.output)")
      for words in [
        "Days begin as they do in Europe/Berlin.", "by the first campaign that fits",
        "placed from 2026-12-01 to 2026-12-31; in the channels us; the buyer's first; "
          + "of 45 EUR or 50 USD at least",
        "gift card over 9 EUR or 10 USD; bound to its owner; good for 3 months",
        "voucher of 15 percent off, counted as 5 USD", "1 day after the payment",
        "by a person, by two people above 100 USD", "3 a day, 50 in all, for one referrer",
        "utm_source=laurel, utm_medium=referral, utm_campaign=spring", "placed until 2026-12-31",
        "gift card over 5 percent of what was paid, 25 USD at most",
        "5 EUR for orders from 0 to below 100, 9 EUR for orders from 100 on",
        "5 USD for order 1, 50 USD for order 10",
      ] {
        #expect(ended.output.contains(words), "\(words): \(ended.output)")
      }
      let json = try await TestProcess.with(
        ["rules", "check", folder.file, "--json"], environment: [:])
      let report = try JSONDecoder().decode(Report.self, from: Data(json.output.utf8))
      #expect(report.timeZone == "Europe/Berlin")
      #expect(report.standard?.rewardCurrency == nil)
      let campaigns = try #require(report.standard?.campaigns)
      #expect(campaigns.map(\.id) == ["spring", "back", "tiers", "last"])
      #expect(campaigns.first?.budget == ["USD": "1000"])
      #expect(campaigns.first?.limits == ["per_day": 3, "in_all": 50])
      #expect(campaigns.first?.rewards.map(\.role) == ["referrer", "friend"])
      #expect(campaigns.first?.rewards.map(\.words).last?.hasPrefix("voucher of 15") == true)
    }
  }

  @Test func aFileThatIsWrongSaysWhere() async throws {
    try await TermsFolder.with("program: {}\nrules: 5\n") { folder in
      let ended = try await TestProcess.with(["rules", "check", folder.file], environment: [:])
      #expect(ended.status == 1)
      #expect(ended.output.hasPrefix("\(folder.file):1:1: the file has no key"))
      #expect(ended.output.contains("\(folder.file):2:8: rules must be a list"))
      #expect(ended.output.contains("laurel: \(folder.file) has 2 faults"))
      let json = try await TestProcess.with(
        ["rules", "check", folder.file, "--json"], environment: [:])
      #expect(json.status == 1)
      // Behind the JSON stands the sentence for standard error.
      let output = try #require(json.output.split(separator: "\nlaurel: ").first)
      let report = try JSONDecoder().decode(Report.self, from: Data(output.utf8))
      #expect(report.faults.map(\.line) == [1, 2])
      #expect(report.faults.map(\.column) == [1, 8])
    }
    let missing = try await TestProcess.with(
      ["rules", "check", "/nonexistent/laurel.yaml"], environment: [:])
    #expect(missing.status == 1)
    #expect(
      missing.output.hasPrefix("laurel: the file /nonexistent/laurel.yaml cannot be read: "))
    let folder = try await TestProcess.with(["rules", "check", "config"], environment: [:])
    #expect(folder.status == 1)
    #expect(folder.output.hasPrefix("laurel: the file config cannot be read: "))
  }

  @Test func environmentAndFileAreToldTogether() async throws {
    try await TermsFolder.with("rules: 5\n") { folder in
      let environment = ["REFERRAL_DAILY_LIMIT": "x"]
      let ended = try await TestProcess.with(
        ["rules", "check", folder.file], environment: environment)
      #expect(ended.status == 1)
      #expect(ended.output.contains("REFERRAL_DAILY_LIMIT must be"))
      #expect(ended.output.contains("\(folder.file):1:8: rules must be a list"))
      #expect(
        ended.output.contains(
          "laurel: \(folder.file) has 1 fault, the environment has 1 fault"))
      let json = try await TestProcess.with(
        ["rules", "check", folder.file, "--json"], environment: environment)
      let output = try #require(json.output.split(separator: "\nlaurel: ").first)
      let report = try JSONDecoder().decode(Report.self, from: Data(output.utf8))
      #expect(report.environmentFaults.count == 1 && report.faults.count == 1)
    }
  }

  @Test func productionIsAsStrictAsTheService() async throws {
    try await TermsFolder.with("rules: []\n") { folder in
      let ended = try await TestProcess.with(
        ["rules", "check", folder.file],
        environment: [
          "LAUREL_ENVIRONMENT": "production",
          "SALEOR_API_URL": "https://shop.example.com/graphql/",
        ])
      #expect(ended.status == 1)
      #expect(ended.output.contains("REFERRAL_REWARD_AMOUNT is missing"))
      #expect(ended.output.contains("REFERRAL_REWARD_CURRENCY is missing"))
    }
  }

  @Test func theShippedFileHolds() async throws {
    let ended = try await TestProcess.with(["rules", "check"], environment: [:])
    #expect(ended.status == 0, "\(ended.output)")
    #expect(ended.output.hasPrefix("config/laurel.yaml holds."))
  }

  @Test func everySignalHasItsParagraph() async throws {
    let ended = try await TestProcess.with(["rules", "signals"], environment: [:])
    #expect(ended.status == 0)
    for signal in Signal.allCases {
      #expect(ended.output.contains("\(signal.name)  ("), "\(signal.name)")
    }
    let lines = ended.output.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 110 })
    // Each example is a condition that is understood.
    let json = try await TestProcess.with(["rules", "signals", "--json"], environment: [:])
    let signals = try JSONDecoder().decode([SignalLine].self, from: Data(json.output.utf8))
    #expect(signals.count == Signal.allCases.count)
    for signal in signals {
      #expect(try Condition(signal.example).signals.map(\.name) == [signal.name])
    }
  }

  private struct SignalLine: Decodable {
    let name: String
    let example: String
  }

  private struct Report: Decodable {
    struct Fault: Decodable {
      let line: Int
      let column: Int
    }
    struct Part: Decodable {
      struct Line: Decodable { let name: String }
      struct Campaign: Decodable {
        struct Reward: Decodable {
          let role: String
          let words: String
        }
        let id: String
        let budget: [String: String]
        let limits: [String: Int]
        let rewards: [Reward]
      }
      let rewardCurrency: String?
      let campaigns: [Campaign]
      let rules: [Line]
      enum CodingKeys: String, CodingKey {
        case rewardCurrency = "reward_currency"
        case rules, campaigns
      }
    }
    enum CodingKeys: String, CodingKey {
      case version, faults, standard
      case environmentFaults = "environment_faults"
      case timeZone = "time_zone"
    }
    let timeZone: String?
    let version: String?
    let environmentFaults: [String]
    let faults: [Fault]
    let standard: Part?
  }
}
