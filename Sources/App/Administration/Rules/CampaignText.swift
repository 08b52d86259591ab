import Domain
import FoundationEssentials

/// A campaign in words, for a terminal.
struct CampaignText {
  private let campaign: Campaign

  /// The words for a campaign.
  init(_ campaign: Campaign) {
    self.campaign = campaign
  }

  /// A line for each thing that holds.
  var text: String {
    var table = TextTable()
    table.add(["campaign", campaign.id])
    table.add(["orders", orders])
    for offer in campaign.offers { table.add([offer.role.rawValue, OfferText(offer).text]) }
    if campaign.holdDays > 0 {
      table.add(["held", "\(Self.count(campaign.holdDays, "day")) after the payment"])
    }
    if !release.isEmpty { table.add(["released", release.joined(separator: ", ")]) }
    if !campaign.limits.areNone { table.add(["limits", limits]) }
    if !campaign.budget.isEmpty { table.add(["budget", budget]) }
    table.add(["link", link])
    return table.text
  }

  private var orders: String {
    var parts: [String] = []
    switch (campaign.firstDay, campaign.lastDay) {
    case (let first?, let last?): parts.append("placed from \(first) to \(last)")
    case (let first?, nil): parts.append("placed from \(first) on")
    case (nil, let last?): parts.append("placed until \(last)")
    case (nil, nil): break
    }
    for (words, texts) in [
      ("in the channels", campaign.channels), ("to", campaign.countries),
      ("with goods of the categories", campaign.categories),
    ] where !texts.isEmpty {
      parts.append("\(words) \(texts.sorted().joined(separator: ", "))")
    }
    if campaign.firstOrderOnly { parts.append("the buyer's first") }
    if !campaign.minimumOrder.isEmpty {
      parts.append("of \(Self.amounts(campaign.minimumOrder)) at least")
    }
    return parts.isEmpty ? "all" : parts.joined(separator: "; ")
  }

  private var release: [String] {
    let two = Self.amounts(campaign.fourEyesAbove)
    return (campaign.approval == .manual ? ["by a person"] : [])
      + (two.isEmpty ? [] : ["by two people above \(two)"])
  }

  private var limits: String {
    let limits = campaign.limits
    return [
      limits.perDay.map { "\($0) a day" }, limits.perMonth.map { "\($0) a month" },
      limits.inAll.map { "\($0) in all" },
    ].compactMap(\.self).joined(separator: ", ") + ", for one referrer"
  }

  private var budget: String {
    let open = campaign.unbounded(by: campaign.budget).map { "; without one in \($0)" }
    return Self.amounts(campaign.budget) + (open ?? "")
  }

  private var link: String {
    let marks = campaign.linkMarks
    return "utm_source=\(marks.source), utm_medium=\(marks.medium), "
      + "utm_campaign=\(marks.campaign ?? campaign.id)"
  }

  /// Amounts as a sentence has them: `9 EUR or 10 USD`.
  static func amounts(_ amounts: [Currency: Decimal]) -> String {
    amounts.sorted { $0.key.code < $1.key.code }.map { "\($0.value) \($0.key)" }
      .joined(separator: " or ")
  }

  /// So many of something.
  static func count(_ count: Int, _ unit: String) -> String {
    "\(count) \(unit)\(count == 1 ? "" : "s")"
  }
}

/// What a campaign gives to one side, in words.
struct OfferText {
  private let offer: RewardOffer

  /// The words for an offer.
  init(_ offer: RewardOffer) {
    self.offer = offer
  }

  /// All of it in one line.
  var text: String {
    let voucher = offer.voucher
    var parts = ["\(offer.kind == .giftCard ? "gift card" : "voucher") over \(amount)"]
    if let percent = voucher.percentOff {
      parts = ["voucher of \(percent) percent off, counted as \(amount)"]
    }
    if !voucher.minimumSpend.isEmpty {
      parts.append("from a subtotal of \(CampaignText.amounts(voucher.minimumSpend)) on")
    }
    if !voucher.categories.isEmpty {
      parts.append("for goods of the categories \(voucher.categories.joined(separator: ", "))")
    }
    if offer.isBound { parts.append("bound to its owner") }
    switch offer.validity {
    case .period(let period):
      parts.append("good for \(CampaignText.count(period.count, period.unit.rawValue))")
    case .store: parts.append("good as long as the store has its cards last")
    case nil: break
    }
    return parts.joined(separator: "; ")
  }

  private var amount: String {
    switch offer.amount {
    case .always(let money): return "\(money)"
    case .fixed(let amounts): return CampaignText.amounts(amounts)
    case .percent(let percent, let cap, let currencies):
      let only = currencies.map(\.code).sorted().joined(separator: ", ")
      return "\(percent) percent of what was paid"
        + (cap.isEmpty ? "" : ", \(CampaignText.amounts(cap)) at most")
        + (offer.amount.unbounded(by: cap).map { ", without a cap in \($0)" } ?? "")
        + (only.isEmpty ? "" : ", in \(only)")
    case .tiers(let tiers):
      return tiers.sorted { $0.key.code < $1.key.code }.flatMap { currency, tiers in
        tiers.enumerated().map { index, tier in
          let next = tiers.indices.contains(index + 1) ? tiers[index + 1].from : nil
          let end = tier.below ?? next
          return "\(tier.amount) \(currency) for orders from \(tier.from)"
            + (end.map { " to below \($0)" } ?? " on")
        }
      }.joined(separator: ", ")
    case .milestones(let milestones):
      return milestones.sorted { $0.key < $1.key }.map {
        "\(CampaignText.amounts($0.value)) for order \($0.key)"
      }.joined(separator: ", ")
    }
  }
}
