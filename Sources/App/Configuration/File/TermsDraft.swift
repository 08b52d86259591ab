import Domain
import Rules
import YAML

/// What one part of the file says, the top or a section; what it leaves out is `nil`.
struct TermsDraft: Sendable {
  /// The keys of both.
  static let keys = ["programme", "campaigns", "marks", "review", "score", "rules"]

  /// What the environment can set as well, by the environment's names.
  var settings: [String: FileSetting] = [:]
  /// The campaigns that are right.
  var campaigns: [RuleDraft.Placed<Campaign>]?
  /// Whether any campaign is written there, right or wrong.
  var namesCampaigns: Bool?
  /// The metadata key of the buyer's IP address.
  var ipKey: String?
  /// The metadata key of his device.
  var deviceKey: String?
  /// For how many days somebody can decide.
  var reviewDays: Int?
  /// What is decided when nobody did.
  var otherwise: Rule.Verdict?
  /// From which score on a case goes to review.
  var reviewAt: RuleDraft.Placed<Int>?
  /// From which score on it is rejected.
  var rejectAt: RuleDraft.Placed<Int>?
  /// The rules.
  var rules: [RuleDraft] = []

  /// Nothing said.
  init() {}

  /// What the entries of a part say.
  init(_ entries: [String: YAMLEntry], _ reader: inout NodeReader) {
    if let node = entries["programme"]?.node {
      Self.read(node, below: "", &settings, &reader)
    }
    if let node = entries["campaigns"]?.node {
      campaigns = CampaignReader().campaigns(node, &reader)
      if case .sequence(let items) = node.value, items.isEmpty {
        namesCampaigns = false
      } else {
        namesCampaigns = true
      }
    }
    if let node = entries["marks"]?.node {
      let marks = reader.entries(node, of: "marks", keys: ["ip", "device"])
      ipKey = marks["ip"].flatMap { reader.scalar($0.node, of: "marks.ip")?.text }
      deviceKey = marks["device"].flatMap { reader.scalar($0.node, of: "marks.device")?.text }
    }
    if let node = entries["review"]?.node {
      let review = reader.entries(node, of: "review", keys: ["days", "otherwise"])
      reviewDays = review["days"].flatMap {
        reader.number($0.node, of: "review.days", in: 1...90)
      }
      otherwise = review["otherwise"].flatMap {
        reader.choice($0.node, of: "review.otherwise", among: [Rule.Verdict.reject, .approve])
      }
    }
    if let node = entries["score"]?.node {
      let score = reader.entries(node, of: "score", keys: ["review_at", "reject_at"])
      reviewAt = Self.threshold(score["review_at"], of: "score.review_at", &reader)
      rejectAt = Self.threshold(score["reject_at"], of: "score.reject_at", &reader)
    }
    if let node = entries["rules"]?.node { rules = RuleReader().rules(node, &reader) }
  }

  /// The settings below a key of `programme`.
  private static func read(
    _ node: YAMLNode, below prefix: String, _ settings: inout [String: FileSetting],
    _ reader: inout NodeReader
  ) {
    let below = ProgrammeSetting.all.filter { $0.path.hasPrefix(prefix) }
    var keys: [String] = []
    for setting in below {
      let key = String(setting.path.dropFirst(prefix.count).prefix { $0 != "." })
      if !keys.contains(key) { keys.append(key) }
    }
    let name = prefix.isEmpty ? "programme" : String(prefix.dropLast())
    let entries = reader.entries(node, of: name, keys: keys)
    for key in keys {
      guard let node = entries[key]?.node else { continue }
      let path = prefix + key
      guard let setting = below.first(where: { $0.path == path }) else {
        read(node, below: "\(path).", &settings, &reader)
        continue
      }
      let content: FileSetting.Content? =
        setting.isList
        ? reader.texts(node, of: path).map(FileSetting.Content.list)
        : reader.scalar(node, of: path).map { .text($0.text) }
      if let content {
        settings[setting.variable] = FileSetting(path: path, place: node.place, content: content)
      }
    }
  }

  private static func threshold(
    _ entry: YAMLEntry?, of name: String, _ reader: inout NodeReader
  ) -> RuleDraft.Placed<Int>? {
    guard let node = entry?.node,
      let number = reader.number(node, of: name, in: 1...1_000_000)
    else { return nil }
    return .init(value: number, place: node.place)
  }

  /// This part of a section laid over the top of the file.
  func over(_ top: TermsDraft) -> TermsDraft {
    var draft = self
    draft.settings = top.settings.merging(settings) { $1 }
    draft.campaigns = campaigns ?? top.campaigns
    draft.namesCampaigns = namesCampaigns ?? top.namesCampaigns
    draft.ipKey = ipKey ?? top.ipKey
    draft.deviceKey = deviceKey ?? top.deviceKey
    draft.reviewDays = reviewDays ?? top.reviewDays
    draft.otherwise = otherwise ?? top.otherwise
    draft.reviewAt = reviewAt ?? top.reviewAt
    draft.rejectAt = rejectAt ?? top.rejectAt
    let changed = Dictionary(rules.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let above = Set(top.rules.map(\.name))
    draft.rules =
      top.rules.map { changed[$0.name]?.over($0) ?? $0 }
      + rules.filter { !above.contains($0.name) }
    return draft
  }
}
