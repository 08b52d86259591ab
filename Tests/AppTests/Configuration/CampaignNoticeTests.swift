import Rules
import Testing

@testable import App

/// What of campaigns is taken as it is written, but told: it may be meant so, or not.
@Suite struct CampaignNoticeTests {
  /// The notices of a file that is right, without the file's path.
  private static func notices(
    _ text: String, _ environment: [String: String] = [:]
  ) async throws -> [String] {
    let reading = try await TermsFolder.reading(text, environment)
    #expect(reading.faults == [])
    return reading.notices.map { notice in
      // The path ends where line and column begin.
      notice.split(separator: "laurel.yaml:", maxSplits: 1).last.map(String.init) ?? notice
    }
  }

  private static func campaign(_ lines: String) -> String {
    "campaigns:\n  - id: spring\n    \(lines)\n"
  }

  @Test func aGapBetweenTiersIsTold() async throws {
    let text = Self.campaign(
      "rewards: [{for: friend, tiers: {USD: [{from: 0, below: 50, amount: 5}, {from: 60, amount: 9}]}}]"
    )
    let notices = try await Self.notices(text)
    #expect(notices.count == 1)
    #expect(
      notices.first?.hasSuffix(
        ": orders from 50 to below 60 USD earn nothing, as no tier is for them") == true)
  }

  @Test(
    arguments: [
      (
        "rewards: [{for: friend, percent: 10, cap: {USD: 25}}]",
        "3:42: 10 percent are paid in other currencies without a cap: none is named for it, and "
          + "`currencies` says in which the reward is paid"
      ),
      (
        "rewards: [{for: friend, percent: 10, cap: {USD: 25}, currencies: [USD, PLN, EUR]}]",
        "3:42: 10 percent are paid in EUR, PLN without a cap: none is named for it, and "
          + "`currencies` says in which the reward is paid"
      ),
      (
        "budget: {USD: 50}\n    rewards: [{for: friend, amount: {USD: 5, EUR: 5}}]",
        "3:5: the campaign spring pays in EUR without a budget: none is named for it"
      ),
      (
        "budget: {USD: 50}\n    rewards: [{for: friend, percent: 5}]",
        "3:5: the campaign spring pays in other currencies without a budget: none is named for it"
      ),
    ])
  func whatHasNoBoundWhereOthersHaveOneIsTold(lines: String, notice: String) async throws {
    #expect(try await Self.notices(Self.campaign(lines)) == [notice])
  }

  @Test(
    arguments: [
      "budget: {USD: 50}\n    rewards: [{for: friend, amount: {USD: 5}}]",
      "rewards: [{for: friend, percent: 10, cap: {USD: 25}, currencies: [USD]}]",
      "rewards: [{for: friend, percent: 10}]",
    ])
  func whatIsBoundOrMeantToBeUnboundIsNotTold(lines: String) async throws {
    #expect(try await Self.notices(Self.campaign(lines)) == [])
  }

  @Test func whatTheProgrammeRefusesIsTold() async throws {
    let rewards = "rewards: [{for: friend, amount: {USD: 5, EUR: 5}}]"
    let minimum = "programme: {minimum_order: 20}\n"
    #expect(
      try await Self.notices(Self.campaign(rewards) + minimum) == [
        "2:5: what the campaign spring pays in EUR never counts: the programme's minimum_order is "
          + "in USD, and orders in other currencies are refused"
      ])
    // In one section it does.
    let section = "sections:\n  - {channels: [a], programme: {minimum_order: 9, reward: "
    #expect(
      try await Self.notices(
        Self.campaign(rewards) + minimum + section + "{amount: 1, currency: EUR}}}\n"
      ).allSatisfy { !$0.contains("never counts") })

    let channels = "programme: {channels: [a, b]}\n"
    let of = { (slug: String) in Self.campaign("channels: [\(slug)]\n    \(rewards)") }
    #expect(
      try await Self.notices(of("c") + channels) == [
        "2:5: the campaign spring never counts: it is for none of the programme's channels"
      ])
    #expect(try await Self.notices(of("b") + channels) == [])
    // The environment's channels count instead of those of the file.
    #expect(
      try await Self.notices(of("c") + channels, ["REFERRAL_CHANNELS": "c"])
        .allSatisfy { !$0.contains("never counts") })
  }
}
