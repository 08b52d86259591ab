import Domain
import Rules

/// Campaigns of the file under conditions of the programme, which hold for every campaign.
struct CampaignPlace {
  /// The campaigns of a part of the file, its own or those from above.
  let campaigns: [RuleDraft.Placed<Campaign>]
  /// What the programme asks for there.
  let conditions: Conditions

  /// What of the campaigns never counts, because the programme refuses all such orders wherever the
  /// campaign stands.
  static func notices(_ places: [CampaignPlace], of file: String) -> [ConfigFileFault] {
    var notices: [ConfigFileFault] = []
    for place in places {
      for campaign in place.campaigns {
        let conditions = places.filter { $0.campaigns.contains { $0.place == campaign.place } }
          .map(\.conditions)
        for reason in reasons(campaign.value, under: conditions) {
          let notice = ConfigFileFault(reason, at: campaign.place, of: file)
          if !notices.contains(notice) { notices.append(notice) }
        }
      }
    }
    return notices
  }

  private static func reasons(
    _ campaign: Campaign, under conditions: [Conditions]
  ) -> [String] {
    let isOutside = conditions.allSatisfy {
      !campaign.channels.isEmpty && !$0.channels.isEmpty
        && campaign.channels.isDisjoint(with: $0.channels)
    }
    if isOutside {
      return [
        "the campaign \(campaign.id) never counts: it is for none of the programme's channels"
      ]
    }
    let minimums = conditions.compactMap { $0.minimumOrder?.currency }
    guard let minimum = minimums.first, minimums.count == conditions.count else { return [] }
    return Set(campaign.offers.flatMap(\.amount.currencies)).subtracting(minimums).map(\.code)
      .sorted().map {
        "what the campaign \(campaign.id) pays in \($0) never counts: the programme's "
          + "minimum_order is in \(minimum), and orders in other currencies are refused"
      }
  }
}
