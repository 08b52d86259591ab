import Domain
import Rules

/// Makes terms of what the file says, what the environment sets, and the defaults.
struct TermsBuilder {
  /// The programme and its conditions, and what is wrong with them.
  struct Values {
    /// What is given away; `nil` when a fault leaves nothing to go on with.
    let programme: Programme?
    /// On which orders.
    let conditions: Conditions
    /// What is wrong in the environment.
    let environmentFaults: [String]
    /// What is wrong in the file.
    let fileFaults: [ConfigFileFault]
    /// What keeps nothing from starting, but should be known.
    let notices: [String]
  }

  /// The file.
  let file: TermsFile
  /// The list of throw-away mail services.
  let disposable: DisposableDomains
  /// The lists that conditions can name.
  let lists: ConditionLists
  /// Whether the list has to be there.
  let needsList: Bool
  /// Whether amount and currency have to be given.
  let isStrict: Bool

  /// A builder for a file.
  init(
    file: TermsFile, disposable: DisposableDomains, needsList: Bool, isStrict: Bool
  ) {
    self.file = file
    self.disposable = disposable
    self.needsList = needsList
    self.isStrict = isStrict
    let list = TermsFile.disposableList
    lists = ConditionLists(
      file.lists.filter { $0.key != list }.mapValues { $0.map(\.text) },
      ready: disposable.isRead ? [list: (.domain, disposable.domains)] : [:],
      missing: [
        list: "There is no list `\(list)`: no file "
          + "\(disposable.path ?? "config/\(DisposableDomains.fileName)") can be read."
      ])
  }

  /// What holds on top, or in a section; `variables` are those of the environment.
  func values(_ variables: [String: String], in section: TermsFile.Section? = nil) -> Values {
    let environment = EnvironmentReader(variables)
    let namesCampaigns = (section?.draft.namesCampaigns ?? file.top.namesCampaigns) == true
    var layers = Layers(
      variables: variables,
      settings: file.top.settings.filter { !environment.isSet($0.key) })
    var faults: [ConfigFileFault] = []
    if let section {
      let foreign = layers.put(section.draft.settings)
      let place = section.draft.settings[ProgrammeSetting.rewardCurrency]?.place ?? section.place
      faults = foreign.filter { !namesCampaigns || $0 == "minimum_order" }.map {
        ConfigFileFault(
          "the section has another currency, so it has to say \($0) too: the amount above is not "
            + "meant in it", at: place, of: file.file)
      }
    }
    var reader = EnvironmentReader(
      layers.variables, settings: layers.settings, file: file.file)
    let programme = ProgrammeReader(
      needsAmount: isStrict && !namesCampaigns,
      needsCurrency: isStrict
        && (!namesCampaigns || reader.isSet(ProgrammeSetting.minimumOrder))
    ).programme(&reader)
    // Without a currency nothing starts; the conditions are read all the same, for their faults.
    let conditions = ConditionsReader(
      currency: programme?.reward.currency, disposable: disposable, needsList: needsList
    ).conditions(&reader)
    return Values(
      programme: programme, conditions: conditions, environmentFaults: reader.faults,
      fileFaults: faults + reader.fileFaults, notices: reader.notices)
  }

  /// The rules on top of the file, and what is wrong with them.
  func rules() -> ([Rule], [ConfigFileFault]) {
    var reader = NodeReader(file: file.file)
    let rules = file.top.rules.compactMap {
      $0.rule(lists: lists, isOfSection: false, &reader)
    }
    return (rules, reader.faults)
  }

  /// The rules of a section, and what is wrong with them: those on top, which are read already,
  /// with its changes.
  func rules(of section: TermsFile.Section, above: [Rule]) -> ([Rule], [ConfigFileFault]) {
    var reader = NodeReader(file: file.file)
    let read = Dictionary(above.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let known = Set(file.top.rules.map(\.name))
    let changed = Dictionary(
      section.draft.rules.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let rules = section.draft.over(file.top).rules.compactMap { draft in
      guard let change = changed[draft.name] else { return read[draft.name] }
      return draft.rule(
        lists: lists, isOfSection: !known.contains(draft.name),
        read: change.written.contains("when") ? nil : read[draft.name]?.condition, &reader)
    }
    return (rules, reader.faults)
  }

  /// The entries of lists that are not what the conditions which name the lists need.
  func listFaults() -> [ConfigFileFault] {
    lists.misfits.compactMap { misfit in
      guard let entry = file.lists[misfit.list]?[misfit.index] else { return nil }
      return ConfigFileFault(
        "\(NodeReader.quoted(entry.text)) in the list `\(misfit.list)` is not "
          + misfit.kind.description, at: entry.place, of: file.file)
    }
  }

  /// The terms that these values and rules make, with the rest of `draft`.
  func terms(_ values: Values, rules: [Rule], _ draft: TermsDraft) -> Terms? {
    guard let programme = values.programme else { return nil }
    var review = ReviewTerms()
    review.days = draft.reviewDays ?? review.days
    review.otherwise = draft.otherwise ?? review.otherwise
    var marks = OrderMarks()
    marks.ipKey = draft.ipKey ?? marks.ipKey
    marks.deviceKey = draft.deviceKey ?? marks.deviceKey
    var terms = Terms(
      programme: programme, conditions: values.conditions,
      rules: RuleSet(
        rules: rules, reviewAt: draft.reviewAt?.value, rejectAt: draft.rejectAt?.value),
      review: review, marks: marks)
    terms.namedCampaigns = (draft.campaigns ?? []).map(\.value)
    return terms
  }

  /// What is wrong with the thresholds of the score; `own` is the part that sets one of them.
  func scoreFaults(_ draft: TermsDraft, own: TermsDraft) -> [ConfigFileFault] {
    guard let reviewAt = draft.reviewAt, let rejectAt = draft.rejectAt,
      reviewAt.value >= rejectAt.value
    else { return [] }
    return [
      ConfigFileFault(
        "score.reject_at, \(rejectAt.value), must be above score.review_at, \(reviewAt.value)",
        at: (own.rejectAt ?? own.reviewAt ?? rejectAt).place, of: file.file)
    ]
  }
}

/// The settings that hold, as they are laid over each other.
private struct Layers {
  var variables: [String: String]
  var settings: [String: FileSetting]

  /// Puts the settings of a section in the place of those above it.
  /// - Returns: the paths of amounts above that are in another currency than the section.
  mutating func put(_ own: [String: FileSetting]) -> [String] {
    let currency = text(ProgrammeSetting.rewardCurrency)
    let inherited = ProgrammeSetting.all.filter {
      ProgrammeSetting.amounts.contains($0.variable) && own[$0.variable] == nil
        && EnvironmentReader(variables, settings: settings).isSet($0.variable)
    }
    for (name, setting) in own {
      settings[name] = setting
      variables[name] = nil
    }
    // What only vouchers have is left behind with them.
    let spend = ProgrammeSetting.voucherMinimumSpend
    if own[ProgrammeSetting.rewardType] != nil, own[spend] == nil,
      text(ProgrammeSetting.rewardType) != RewardKind.voucher.rawValue
    {
      settings[spend] = nil
      variables[spend] = nil
    }
    guard text(ProgrammeSetting.rewardCurrency) != currency else { return [] }
    return inherited.filter { settings[$0.variable] != nil || variables[$0.variable] != nil }
      .map(\.path)
  }

  private func text(_ name: String) -> String? {
    EnvironmentReader(variables, settings: settings).text(name)
  }
}
