import Domain
import FoundationEssentials
package import Rules
import Signing
import YAML

/// Where the terms come from: some variables of the environment, and `config/laurel.yaml`. They can
/// be read from there again while Laurel runs.
///
/// What the environment sets counts instead of what stands on top of the file. A section is for
/// less, so what it says counts in any case.
package struct TermsSource: Sendable {
  /// What was read.
  package struct Reading: Sendable {
    /// The terms; `nil` when something is wrong.
    package let book: TermsBook?
    /// What is wrong in the environment.
    package let environmentFaults: [String]
    /// Why the file cannot be read.
    let unreadable: ConfigFile.Unreadable?
    /// What is wrong in the file, from its top to its end.
    package let fileFaults: [ConfigFileFault]
    /// What keeps nothing from starting, but should be known.
    package let notices: [String]

    /// Everything that is wrong, as sentences.
    package var faults: [String] {
      (unreadable.map { [$0.description] } ?? []) + environmentFaults
        + fileFaults.map(\.description)
    }
  }

  /// The variables that have to do with terms.
  let variables: [String: String]
  /// The file; `nil` where there is none.
  let path: String?
  /// The folder with the list of throw-away mail services; `nil` where there is none.
  let folder: ConfigFolder?
  /// Whether the list has to be there.
  let needsList: Bool
  /// Whether amount and currency have to be given.
  let isStrict: Bool
  /// Whether the file can be a pipe.
  let isPipeTaken: Bool

  /// The source that the environment names. Whether there is a file is settled here: one that was
  /// there when Laurel started has to be there ever after.
  /// - Parameters:
  ///   - environment: the whole environment.
  ///   - isStrict: whether amount and currency have to be given.
  ///   - use: what the terms are read for; a command that judges no orders needs no file.
  init(_ environment: [String: String], isStrict: Bool, for use: Configuration.Use) {
    let names = Set(ProgrammeSetting.all.map(\.variable))
    variables = environment.filter { names.contains($0.key) }
    let configFile = EnvironmentReader(environment).text("LAUREL_CONFIG")
    folder = ConfigFolder(configFile: configFile)
    let standard = folder.map { "\($0.path)/\(ConfigFile.name)" }
      .flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }
    path = use == .service ? configFile ?? standard : nil
    needsList = isStrict || use == .service && configFile != nil
    self.isStrict = isStrict
    isPipeTaken = false
  }

  /// What a command is to look at: the file `path`, or that of the environment; under the
  /// environment's settings, as strict as the service is there. The list of throw-away mail services
  /// is that beside the file, or else that of the environment.
  package init(file path: String?, environment: [String: String]) {
    let source = TermsSource(
      environment, isStrict: Self.isStrict(environment), for: .service)
    guard let path else {
      self = source
      return
    }
    variables = source.variables
    self.path = path
    let beside = ConfigFolder(configFile: path)
    let hasList = beside.map {
      FileManager.default.fileExists(atPath: "\($0.path)/\(DisposableDomains.fileName)")
    }
    folder = hasList == true ? beside : source.folder ?? beside
    isStrict = source.isStrict
    needsList = isStrict
    isPipeTaken = true
  }

  /// Whether the service demands amount and currency under this environment: in production, where a
  /// store can reach it.
  private static func isStrict(_ environment: [String: String]) -> Bool {
    let reader = EnvironmentReader(environment)
    return reader.text("LAUREL_ENVIRONMENT") == Configuration.Environment.production.rawValue
      && (reader.isSet("SALEOR_API_URL") || reader.isSet("LAUREL_PUBLIC_URL"))
  }

  /// What holds now.
  /// - Throws: `ConfigFile.Unreadable`, `TermsError`.
  func book() throws -> TermsBook {
    let reading = read()
    if let unreadable = reading.unreadable { throw unreadable }
    guard let book = reading.book else {
      throw TermsError(reading, name: path.map(ConfigFile.shown))
    }
    return book
  }

  /// What environment and file say now.
  package func read() -> Reading {
    let disposable = DisposableDomains(in: folder)
    guard let path else { return reading(TermsFile(file: ""), disposable) }
    do {
      let file = try ConfigFile(path: path, isPipeTaken: isPipeTaken)
      let terms = TermsFile(file)
      let kept = KeptText(
        file: String(decoding: file.bytes, as: UTF8.self),
        list: terms.namesDisposableList ? disposable.domains : nil)
      return reading(
        terms, disposable, text: kept.text,
        version: Hex.encode(try SHA256.hash(Array(kept.text.utf8))))
    } catch {
      let rest = reading(TermsFile(file: ""), disposable)
      let unreadable =
        error as? ConfigFile.Unreadable ?? ConfigFile.Unreadable(description: "\(error)")
      return Reading(
        book: nil, environmentFaults: rest.environmentFaults, unreadable: unreadable,
        fileFaults: [], notices: rest.notices)
    }
  }

  /// What a file said of which the ledger has kept the text. Nothing of today's environment or of
  /// today's list of mail services is taken into account.
  static func kept(_ text: String, version: String) -> Reading {
    let name = "the file that is kept"
    let kept = KeptText(kept: text)
    let disposable = DisposableDomains(kept.list)
    let file = TermsFile(ConfigFile(path: name, bytes: Array(kept.file.utf8)))
    return TermsSource(file: name, environment: [:])
      .reading(file, disposable, text: text, version: version)
  }

  /// - Parameter text: what the ledger keeps; empty where there is no file.
  private func reading(
    _ file: TermsFile, _ disposable: DisposableDomains, text: String = "",
    version: String = TermsBook.environmentVersion
  ) -> Reading {
    let builder = TermsBuilder(
      file: file, disposable: disposable, needsList: needsList, isStrict: isStrict)
    var faults = file.faults
    // What the environment replaces is checked too: the file is right or wrong by itself.
    faults += builder.values([:]).fileFaults
    let values = builder.values(variables)
    let (rules, ruleFaults) = builder.rules()
    faults += values.fileFaults + ruleFaults + builder.scoreFaults(file.top, own: file.top)
    let standard = builder.terms(values, rules: rules, file.top)
    var environmentFaults = values.environmentFaults
    var sections: [TermsBook.Section] = []
    var places = [
      CampaignPlace(campaigns: file.top.campaigns ?? [], conditions: values.conditions)
    ]
    for section in file.sections {
      let values = builder.values(variables, in: section)
      let (rules, ruleFaults) = builder.rules(of: section, above: rules)
      let draft = section.draft.over(file.top)
      faults += builder.values([:], in: section).fileFaults + values.fileFaults + ruleFaults
      faults += builder.scoreFaults(draft, own: section.draft)
      environmentFaults += values.environmentFaults.filter { !environmentFaults.contains($0) }
      places.append(
        CampaignPlace(campaigns: draft.campaigns ?? [], conditions: values.conditions))
      guard let terms = builder.terms(values, rules: rules, draft) else { continue }
      sections.append(
        TermsBook.Section(store: section.store, channels: section.channels, terms: terms))
    }
    faults += builder.listFaults()
    faults = Set(faults).sorted { ($0.place, $0.message) < ($1.place, $1.message) }
    let inVain = CampaignPlace.notices(places, of: file.file)
    let notices = values.notices + (file.notices + inVain).map(\.description)
    guard faults.isEmpty, environmentFaults.isEmpty, let standard else {
      return Reading(
        book: nil, environmentFaults: environmentFaults, unreadable: nil,
        fileFaults: faults, notices: notices)
    }
    return Reading(
      book: TermsBook(
        version: version, text: text, standard: standard, sections: sections,
        timeZone: file.timeZone ?? TermsBook.standardTimeZone),
      environmentFaults: [], unreadable: nil, fileFaults: [],
      notices: notices + overruled(file) + unused(file))
  }

  /// What is said of the reward in vain, because campaigns say what is given.
  private func unused(_ file: TermsFile) -> [String] {
    let parts = [file.top] + file.sections.map { $0.draft.over(file.top) }
    let reader = EnvironmentReader(variables)
    // A condition is meant in the currency too.
    let name = ProgrammeSetting.minimumOrder
    let hasMinimum = reader.isSet(name) || parts.contains { $0.settings[name] != nil }
    let settings = ProgrammeSetting.all.filter {
      $0.path.hasPrefix("reward.")
        && !(hasMinimum && $0.variable == ProgrammeSetting.rewardCurrency)
    }
    var places: [String] = []
    if parts.allSatisfy({ $0.namesCampaigns == true }) {
      for setting in settings {
        if reader.isSet(setting.variable) { places.append(setting.variable) }
        if let written = file.top.settings[setting.variable] {
          places.append("\(setting.path) in \(file.file), line \(written.place.line),")
        }
      }
    }
    for (section, part) in zip(file.sections, parts.dropFirst()) where part.namesCampaigns == true {
      for setting in settings {
        guard let written = section.draft.settings[setting.variable] else { continue }
        places.append("\(setting.path) in \(file.file), line \(written.place.line),")
      }
    }
    return places.map { "\($0) does not count: campaigns say what is given" }
  }

  /// What the file says in vain.
  private func overruled(_ file: TermsFile) -> [String] {
    let reader = EnvironmentReader(variables)
    return ProgrammeSetting.all.compactMap { setting in
      guard let written = file.top.settings[setting.variable], reader.isSet(setting.variable) else {
        return nil
      }
      return "\(setting.variable) is set, so \(setting.path) in \(file.file), line "
        + "\(written.place.line), does not count"
    }
  }
}
