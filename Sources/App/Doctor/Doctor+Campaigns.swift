import Domain
import Ledger
import Postgres
import Rules
import SaleorAPI

extension Doctor {
  /// The check of the campaigns and of the time zone by which their days begin; none where the file
  /// names neither.
  var campaignChecks: [Check] {
    let isPlain =
      campaigns.isEmpty && configuration.terms.timeZone == TermsBook.standardTimeZone
    return isPlain ? [] : [Check(name: "campaigns") { try await lookAtCampaigns() }]
  }

  /// The campaigns that the file names for the store, each once.
  private var campaigns: [Campaign] {
    var campaigns: [Campaign] = []
    for campaign in configuration.terms.all(for: store?.address).flatMap(\.namedCampaigns)
    where !campaigns.contains(campaign) {
      campaigns.append(campaign)
    }
    return campaigns
  }

  private func lookAtCampaigns() async throws -> [Finding] {
    let timeZone = configuration.terms.timeZone
    var findings: [Finding] = []
    if let pool {
      if let fault = try await ShopTimeZone.fault(of: configuration.terms, pool) {
        return [.wrong(fault, "write the name of an area and a place, such as Europe/Berlin")]
      }
      if let today = try await TimeZoneRepository(pool).today(in: timeZone) {
        findings += ended(by: today)
      }
    }
    if let client {
      findings += try await withoutChannels(client)
      if let finding = try await boundCards(client) { findings.append(finding) }
    }
    guard findings.isEmpty else { return findings }
    let count = campaigns.count
    return [
      .ok("\(count) campaign\(count == 1 ? "" : "s") by the file; days begin as in \(timeZone)")
    ]
  }

  private func ended(by today: CalendarDay) -> [Finding] {
    campaigns.compactMap { campaign in
      guard let last = campaign.lastDay, last < today else { return nil }
      return .warning(
        "the campaign \(campaign.id) ended with \(last)",
        "take it out of config/laurel.yaml, or give it other days")
    }
  }

  private func withoutChannels(_ client: StoreClient) async throws -> [Finding] {
    guard campaigns.contains(where: { !$0.channels.isEmpty }) else { return [] }
    let slugs = try await client.channelSlugs()
    return campaigns.compactMap { campaign in
      let missing = campaign.channels.subtracting(slugs).sorted().joined(separator: ", ")
      guard !missing.isEmpty else { return nil }
      return .warning(
        "the campaign \(campaign.id) is for channels that the store does not have: \(missing)",
        "write the slugs as the store has them, or make the channels")
    }
  }

  private func boundCards(_ client: StoreClient) async throws -> Finding? {
    guard campaigns.flatMap(\.offers).contains(where: \.isBound) else { return nil }
    let version = try await client.version()
    guard (version.major, version.minor) < (3, 23) else { return nil }
    return .warning(
      "cards are to be bound to their owners, and Saleor \(version) cannot do that",
      "update the store to 3.23, or leave `bound` out")
  }
}
