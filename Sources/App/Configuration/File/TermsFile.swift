import Domain
import Rules
import YAML

/// `config/laurel.yaml` as it is written: read and checked in form, before the environment and the
/// defaults are added.
struct TermsFile: Sendable {
  /// A part of the stores and channels.
  struct Section: Sendable {
    /// Where it begins.
    let place: YAMLPlace
    /// The store; `nil` for all.
    let store: StoreAddress?
    /// The channels; empty for all.
    let channels: Set<String>
    /// Whether store and channels are right, so that it is known for what it is.
    let isPlaced: Bool
    /// What it changes.
    let draft: TermsDraft
  }

  /// How many sections a file can have.
  static let maximumSections = 200
  /// What conditions call the list of throw-away mail services.
  static let disposableList = "disposable_domains"

  /// The file, as it is named in faults.
  let file: String
  /// What stands on top.
  private(set) var top = TermsDraft()
  /// The lists, by name, each entry with its place.
  private(set) var lists: [String: [(text: String, place: YAMLPlace)]] = [:]
  /// The sections.
  private(set) var sections: [Section] = []
  /// The shop's time zone; `nil` where none is named.
  private(set) var timeZone: String?
  /// What is wrong.
  private(set) var faults: [ConfigFileFault] = []
  /// What is no fault, but should be known.
  private(set) var notices: [ConfigFileFault] = []

  /// A file that says nothing.
  init(file: String) {
    self.file = file
  }

  /// Reads a file.
  init(_ file: ConfigFile) {
    self.file = file.path
    let document: YAMLDocument
    do throws(YAMLError) {
      document = try YAMLDocument(file.bytes)
    } catch {
      faults = error.faults.map { ConfigFileFault($0.message, at: $0.place, of: file.path) }
      return
    }
    faults = document.faults.map { ConfigFileFault($0.message, at: $0.place, of: file.path) }
    guard let root = document.root else { return }
    var reader = NodeReader(file: file.path)
    let entries = reader.entries(
      root, of: "the file", keys: ["time_zone"] + TermsDraft.keys + ["lists", "sections"])
    timeZone = entries["time_zone"].flatMap { Self.timeZone($0.node, &reader) }
    if let node = entries["lists"]?.node { readLists(node, &reader) }
    top = TermsDraft(entries, &reader)
    if let node = entries["sections"]?.node { readSections(node, &reader) }
    faults += reader.faults
    notices = reader.notices
  }

  /// Whether a condition names the list of throw-away mail services.
  var namesDisposableList: Bool {
    ([top] + sections.map(\.draft)).flatMap(\.rules).contains {
      $0.when?.value.text.contains(Self.disposableList) == true
    }
  }

  /// A time zone by its form: `UTC`, or an area and a place. Whether there is one of that name only
  /// the database knows.
  private static func timeZone(_ node: YAMLNode, _ reader: inout NodeReader) -> String? {
    guard let text = reader.scalar(node, of: "time_zone")?.text else { return nil }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let isZone =
      text == "UTC"
      || (2...3).contains(parts.count)
        && parts.allSatisfy { part in
          (1...40).contains(part.utf8.count)
            && part.allSatisfy {
              $0.isASCII && ($0.isLetter || $0.isNumber || "_+-".contains($0))
            }
        }
    if !isZone {
      reader.fault(
        "time_zone must be UTC, or an area and a place such as Europe/Berlin, not "
          + NodeReader.quoted(text), at: node.place)
    }
    return isZone ? text : nil
  }

  private mutating func readLists(_ node: YAMLNode, _ reader: inout NodeReader) {
    guard !node.isNull else { return }
    guard case .mapping(let entries) = node.value else {
      reader.fault("lists must hold names, each with a list of texts", at: node.place)
      return
    }
    for entry in entries {
      let name = entry.key
      if !RuleReader.isName(name) {
        reader.fault(
          "a list's name must be small letters, digits and underscores, not "
            + NodeReader.quoted(name), at: entry.place)
      } else if name == Self.disposableList {
        reader.fault(
          "\(name) is the list in \(DisposableDomains.fileName); choose another name",
          at: entry.place)
      } else if Signal.allCases.contains(where: { $0.name == name }) {
        reader.fault("\(name) is a signal; choose another name", at: entry.place)
      } else if ConditionToken.Keyword.all.contains(name) {
        reader.fault("\(name) is a word of conditions; choose another name", at: entry.place)
      }
      // A list that is at fault is there all the same, so that its rules are not at fault too.
      lists[name] = reader.texts(entry.node, of: name) ?? []
    }
  }

  private mutating func readSections(_ node: YAMLNode, _ reader: inout NodeReader) {
    guard let items = reader.items(node, of: "sections") else { return }
    guard items.count <= Self.maximumSections else {
      reader.fault(
        "there are \(items.count) sections; \(Self.maximumSections) at most are read",
        at: node.place)
      return
    }
    for item in items {
      guard let section = section(item, &reader) else { continue }
      if let first = sections.first(where: {
        section.isPlaced && $0.isPlaced && $0.store == section.store
          && $0.channels == section.channels
      }) {
        reader.fault(
          "this section is for the same store and channels as that of line \(first.place.line), "
            + "which would never count", at: section.place)
      }
      sections.append(section)
    }
  }

  private func section(_ node: YAMLNode, _ reader: inout NodeReader) -> Section? {
    let entries = reader.entries(
      node, of: "a section", keys: ["store", "channels"] + TermsDraft.keys)
    let draft = TermsDraft(entries, &reader)
    let faultsBefore = reader.faults.count
    var store: StoreAddress?
    if let node = entries["store"]?.node, let text = reader.scalar(node, of: "store")?.text {
      store = StoreAddress(text)
      if store?.canonical.hasSuffix("/graphql/") != true {
        reader.fault(
          "store must be a store's address such as https://shop.example.com/graphql/, not "
            + NodeReader.quoted(text), at: node.place)
      }
    }
    let channels = entries["channels"].flatMap { reader.texts($0.node, of: "channels") } ?? []
    for channel in channels where TextKind.channel.form(ofEntry: channel.text) == nil {
      reader.fault(
        "\(NodeReader.quoted(channel.text)) is not \(TextKind.channel.description)",
        at: channel.place)
    }
    if entries["store"] == nil && channels.isEmpty {
      reader.fault(
        "a section needs a `store`, `channels` or both: the part for which it holds",
        at: node.place)
    }
    let slugs = Set(channels.map { $0.text.trimmingSpace() })
    for campaign in draft.campaigns ?? []
    where !slugs.isEmpty && !campaign.value.channels.isEmpty
      && slugs.isDisjoint(with: campaign.value.channels)
    {
      reader.fault(
        "the campaign \(campaign.value.id) would never count: it is for none of the section's "
          + "channels", at: campaign.place)
    }
    return Section(
      place: node.place, store: store, channels: slugs,
      isPlaced: reader.faults.count == faultsBefore, draft: draft)
  }
}
