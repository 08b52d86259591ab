import Domain
import FoundationEssentials
import Rules
import YAML

/// Reads the campaigns of a part of the file.
struct CampaignReader {
  /// How many campaigns a part of the file can have.
  static let maximumCampaigns = 100
  private static let keys = [
    "id", "from", "until", "channels", "countries", "categories", "first_order_only",
    "minimum_order", "hold_days", "approval", "four_eyes_above", "budget", "limits", "link",
    "rewards",
  ]

  /// The campaigns of a list that are right, no id twice.
  func campaigns(
    _ node: YAMLNode, _ reader: inout NodeReader
  ) -> [RuleDraft.Placed<Campaign>] {
    guard let items = reader.items(node, of: "campaigns") else { return [] }
    guard items.count <= Self.maximumCampaigns else {
      reader.fault(
        "there are \(items.count) campaigns; \(Self.maximumCampaigns) at most are read",
        at: node.place)
      return []
    }
    var places: [String: YAMLPlace] = [:]
    var campaigns: [RuleDraft.Placed<Campaign>] = []
    for item in items {
      guard !item.isNull else {
        reader.fault("a campaign is missing here: it begins with `id`", at: item.place)
        continue
      }
      let entries = reader.entries(item, of: "a campaign", keys: Self.keys)
      guard case .mapping = item.value else { continue }
      let faultsBefore = reader.faults.count
      let id = entries["id"].flatMap { self.id($0.node, &reader) }
      if entries["id"] == nil { reader.fault("a campaign needs an `id`", at: item.place) }
      if let id, let first = places[id] {
        reader.fault(
          "there are two campaigns \(id); the other stands in line \(first.line)", at: item.place)
      } else if let id {
        places[id] = item.place
      }
      // The rest of a campaign without a right id is looked through for faults under another.
      let campaign = campaign(id ?? Campaign.standardID, entries, at: item.place, &reader)
      guard reader.faults.count == faultsBefore else { continue }
      if let above = campaigns.first(where: { $0.value.covers(campaign) }) {
        reader.fault(
          "the campaign \(campaign.id) would never count: \(above.value.id), in line "
            + "\(above.place.line), takes all its orders, and stands above", at: item.place)
      }
      campaigns.append(.init(value: campaign, place: item.place))
    }
    return campaigns
  }

  private func id(_ node: YAMLNode, _ reader: inout NodeReader) -> String? {
    guard let text = reader.scalar(node, of: "id")?.text else { return nil }
    let isID =
      (1...32).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
      }
    if !isID {
      reader.fault(
        "a campaign's id must be small letters, digits and hyphens, 32 at most, not "
          + NodeReader.quoted(text), at: node.place)
    }
    return isID ? text : nil
  }

  private func campaign(
    _ id: String, _ entries: [String: YAMLEntry], at place: YAMLPlace,
    _ reader: inout NodeReader
  ) -> Campaign {
    let offers = entries["rewards"].map { OfferReader().offers($0.node, &reader) } ?? []
    if entries["rewards"] == nil {
      reader.fault("a campaign needs `rewards`: what it gives, and to whom", at: place)
    }
    var campaign = Campaign(id: id, offers: offers)
    readDays(entries, into: &campaign, &reader)
    if let node = entries["channels"]?.node {
      campaign.channels = reader.channels(node, of: "channels")
    }
    if let node = entries["countries"]?.node {
      campaign.countries = reader.countries(node, of: "countries")
    }
    if let node = entries["categories"]?.node {
      campaign.categories = Set(reader.categories(node, of: "categories"))
    }
    if let node = entries["first_order_only"]?.node {
      campaign.firstOrderOnly = reader.flag(node, of: "first_order_only") ?? false
    }
    if let node = entries["hold_days"]?.node {
      campaign.holdDays = reader.number(node, of: "hold_days", in: 0...90) ?? 0
    }
    if let node = entries["approval"]?.node {
      campaign.approval = reader.choice(node, of: "approval") ?? .automatic
    }
    readAmounts(entries, into: &campaign, &reader)
    if let node = entries["limits"]?.node { campaign.limits = limits(node, &reader) }
    if let node = entries["link"]?.node { campaign.linkMarks = linkMarks(node, &reader) }
    return campaign
  }

  private func readDays(
    _ entries: [String: YAMLEntry], into campaign: inout Campaign, _ reader: inout NodeReader
  ) {
    campaign.firstDay = entries["from"].flatMap { reader.day($0.node, of: "from") }
    campaign.lastDay = entries["until"].flatMap { reader.day($0.node, of: "until") }
    if let first = campaign.firstDay, let last = campaign.lastDay, last < first,
      let place = entries["until"]?.node.place
    {
      reader.fault("until, \(last), is before from, \(first)", at: place)
    }
  }

  /// Reads what is compared with amounts. Where there is no right offer it is not known in which
  /// currencies anything is paid.
  private func readAmounts(
    _ entries: [String: YAMLEntry], into campaign: inout Campaign, _ reader: inout NodeReader
  ) {
    let offers = campaign.offers
    for (key, path, isPositive) in [
      ("minimum_order", \Campaign.minimumOrder, true),
      ("four_eyes_above", \Campaign.fourEyesAbove, false), ("budget", \Campaign.budget, true),
    ] {
      guard let node = entries[key]?.node else { continue }
      campaign[keyPath: path] = reader.amounts(node, of: key, isPositive: isPositive)
      guard !offers.isEmpty else { continue }
      reader.checkCurrencies(of: node, named: key) { currency in
        offers.contains { $0.amount.pays(in: currency) }
      }
    }
    guard let budget = entries["budget"], case .mapping(let budgets) = budget.node.value else {
      return
    }
    if let open = campaign.unbounded(by: campaign.budget) {
      reader.notice(
        "the campaign \(campaign.id) pays in \(open) without a budget: none is named for it",
        at: budget.place)
    }
    for entry in budgets {
      guard let currency = Currency(entry.key), let budget = campaign.budget[currency],
        let least = campaign.leastGift(in: currency), budget < least
      else { continue }
      reader.fault(
        "a budget of \(budget) \(currency) could never pay: an order earns \(least) at least",
        at: entry.place)
    }
  }

  private func limits(_ node: YAMLNode, _ reader: inout NodeReader) -> Campaign.Limits {
    let entries = reader.entries(node, of: "limits", keys: ["per_day", "per_month", "in_all"])
    var limits = Campaign.Limits()
    for (key, path) in [
      ("per_day", \Campaign.Limits.perDay), ("per_month", \Campaign.Limits.perMonth),
      ("in_all", \Campaign.Limits.inAll),
    ] {
      guard let node = entries[key]?.node else { continue }
      limits[keyPath: path] = reader.number(node, of: "limits.\(key)", in: 1...1_000_000)
    }
    return limits
  }

  private func linkMarks(_ node: YAMLNode, _ reader: inout NodeReader) -> Campaign.LinkMarks {
    let entries = reader.entries(node, of: "link", keys: ["source", "medium", "campaign"])
    var marks = Campaign.LinkMarks()
    if let node = entries["source"]?.node, let text = reader.mark(node, of: "link.source") {
      marks.source = text
    }
    if let node = entries["medium"]?.node, let text = reader.mark(node, of: "link.medium") {
      marks.medium = text
    }
    marks.campaign = entries["campaign"].flatMap { reader.mark($0.node, of: "link.campaign") }
    return marks
  }
}
