import Domain
import FoundationEssentials
import Rules

/// Reads the conditions that a shop sets for its programme.
struct ConditionsReader {
  /// The currency of the rewards, in which the minimum is meant; `nil` when it is at fault.
  let currency: Currency?
  /// The list of the domains of throw-away mail services.
  let disposable: DisposableDomains
  /// Whether the list has to be there: in production, and where its place is given.
  let needsList: Bool

  /// The conditions that are set.
  func conditions(_ reader: inout EnvironmentReader) -> Conditions {
    var conditions = Conditions()
    conditions.minimumOrder = minimumOrder(&reader)
    conditions.newCustomersOnly = reader.flag(ProgrammeSetting.newCustomersOnly, standard: false)
    conditions.staffOrdersCount = reader.flag(ProgrammeSetting.staffOrders, standard: false)
    conditions.origins = origins(&reader)
    conditions.channels = entries(ProgrammeSetting.channels, of: .channel, &reader)
    conditions.dailyLimit = limit(ProgrammeSetting.dailyLimit, &reader)
    conditions.monthlyLimit = limit(ProgrammeSetting.monthlyLimit, &reader)
    conditions.blocked = BlockList(
      domains: domains(&reader), mailboxes: mailboxes(&reader),
      users: entries(ProgrammeSetting.blockedUsers, of: .user, &reader))
    return conditions
  }

  private func minimumOrder(_ reader: inout EnvironmentReader) -> Money? {
    guard
      let amount = AmountReader(currency: currency).amount(
        ProgrammeSetting.minimumOrder, isPositive: false, &reader),
      amount > 0
    else { return nil }
    return currency.map { Money(amount: amount, currency: $0) }
  }

  private func origins(_ reader: inout EnvironmentReader) -> Set<Order.Origin> {
    let name = ProgrammeSetting.orderOrigins
    guard reader.isSet(name) else { return [.checkout] }
    let known = Order.Origin.allCases.filter { $0 != .unknown }
    let sentence = "must be some of \(known.map(\.rawValue).joined(separator: ", "))"
    let list = reader.list(name)
    if list.isEmpty { reader.fault(of: name, sentence) }
    var origins: Set<Order.Origin> = []
    for (index, text) in list.enumerated() {
      if let origin = known.first(where: { $0.rawValue == text }) {
        origins.insert(origin)
      } else {
        reader.fault(of: name, at: index, sentence)
      }
    }
    return origins
  }

  private func limit(_ name: String, _ reader: inout EnvironmentReader) -> Int? {
    reader.text(name) == nil ? nil : reader.number(name, in: 0...1_000_000, standard: 0)
  }

  private func domains(_ reader: inout EnvironmentReader) -> Set<String> {
    entries(ProgrammeSetting.blockedDomains, of: .domain, &reader).union(disposableDomains(&reader))
  }

  /// The entries of a list in the form in which they are compared.
  private func entries(
    _ name: String, of kind: TextKind, _ reader: inout EnvironmentReader
  ) -> Set<String> {
    var entries: Set<String> = []
    for (index, text) in reader.list(name).enumerated() {
      if let entry = kind.form(ofEntry: text) {
        entries.insert(entry)
      } else {
        reader.fault(of: name, at: index, "has an entry that is not \(kind.description)")
      }
    }
    return entries
  }

  /// What is done with addresses of throw-away mail services.
  private enum Disposable: String, CaseIterable {
    case reject, allow
  }

  private func disposableDomains(_ reader: inout EnvironmentReader) -> Set<String> {
    let name = ProgrammeSetting.disposableDomains
    guard reader.choice(name, standard: Disposable.reject) == .reject else { return [] }
    let file = disposable.path ?? "config/\(DisposableDomains.fileName)"
    guard disposable.isRead else {
      if needsList {
        reader.fault(
          "the list of throw-away mail services, \(file), cannot be read; LAUREL_CONFIG names a "
            + "file in its folder, \(name)=allow does without it")
      } else {
        reader.notice(
          "no file \(file) was found: orders under addresses of throw-away mail services count")
      }
      return []
    }
    if !disposable.badLines.isEmpty {
      reader.fault(
        "\(file) has no domain in line "
          + disposable.badLines.map(String.init).joined(separator: ", "))
    }
    return disposable.domains
  }

  private func mailboxes(_ reader: inout EnvironmentReader) -> Set<String> {
    let name = ProgrammeSetting.blockedAddresses
    let addresses = reader.list(name).map(EmailAddress.init)
    for (index, address) in addresses.enumerated() where address == nil {
      reader.fault(of: name, at: index, "must be e-mail addresses such as carol@example.com")
    }
    return Set(addresses.compactMap { $0?.mailbox })
  }
}
