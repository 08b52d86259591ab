import Domain

/// A comparison of the ledger with the store, as the command shows it.
struct ReconcileReport: Encodable, Sendable {
  private let result: Reconciliation

  init(_ result: Reconciliation) {
    self.result = result
  }

  /// For people: the statements, then what differs.
  var text: String {
    var parts = result.statements.map(Self.table)
    if result.adopting > 0 {
      parts.append("\(result.adopting) unknown codes are being adopted.")
    }
    if result.repaired > 0 { parts.append("\(result.repaired) differences are put right.") }
    if result.differences.isEmpty {
      parts.append("Ledger and store agree: \(result.codes) promo codes.")
    } else {
      var table = TextTable(["DIFFERENCE", "REWARD ID", "ORDER", "AT THE STORE", "WHAT"])
      for difference in result.differences {
        table.add([
          difference.kind.rawValue, difference.rewardID, difference.orderID,
          difference.promoCodeID,
          difference.detail + (difference.isRepaired ? " (being put right)" : ""),
        ])
      }
      parts.append(table.text)
    }
    return parts.joined(separator: "\n\n")
  }

  private static func table(_ statement: Statement) -> String {
    var table = TextTable(["\(statement.currency)", "REWARDS", "AMOUNT"])
    func add(_ name: String, _ entry: Statement.Entry) {
      table.add([name, "\(entry.count)", "\(entry.amount)"])
    }
    add("due", statement.due)
    add("  in flight", statement.inFlight)
    add("  issued", statement.issued)
    table.add(["    spent", "", "\(statement.spent)"])
    table.add(["    outstanding", "", "\(statement.outstanding)"])
    table.add(["    expired", "", "\(statement.expired)"])
    add("  clawed back", statement.clawedBack)
    table.add(["    spent before", "", "\(statement.shortfall)"])
    add("  rejected", statement.rejected)
    add("  given up", statement.givenUp)
    add("of these adopted", statement.adopted)
    table.add(["left at the store", "", "\(statement.balanceAtStore)"])
    return table.text
  }

  // MARK: JSON

  private enum Keys: String, CodingKey {
    case codes, adopting, repaired, remaining, statements, differences
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(result.codes, forKey: .codes)
    try container.encode(result.adopting, forKey: .adopting)
    try container.encode(result.repaired, forKey: .repaired)
    try container.encode(result.remainingCount, forKey: .remaining)
    try container.encode(result.statements.map(Account.init), forKey: .statements)
    try container.encode(result.differences.map(Item.init), forKey: .differences)
  }

  /// A statement; amounts as text, so that no reader makes a binary fraction of them.
  private struct Account: Encodable {
    struct Entry: Encodable {
      let count: Int
      let amount: String

      init(_ entry: Statement.Entry) {
        count = entry.count
        amount = "\(entry.amount)"
      }
    }

    let currency: String
    let due: Entry
    let inFlight: Entry
    let issued: Entry
    let clawedBack: Entry
    let rejected: Entry
    let givenUp: Entry
    let adopted: Entry
    let spent: String
    let outstanding: String
    let expired: String
    let shortfall: String
    let balanceAtStore: String

    init(_ statement: Statement) {
      currency = statement.currency.code
      due = Entry(statement.due)
      inFlight = Entry(statement.inFlight)
      issued = Entry(statement.issued)
      clawedBack = Entry(statement.clawedBack)
      rejected = Entry(statement.rejected)
      givenUp = Entry(statement.givenUp)
      adopted = Entry(statement.adopted)
      spent = "\(statement.spent)"
      outstanding = "\(statement.outstanding)"
      expired = "\(statement.expired)"
      shortfall = "\(statement.shortfall)"
      balanceAtStore = "\(statement.balanceAtStore)"
    }
  }

  /// A difference.
  private struct Item: Encodable {
    let kind: String
    let rewardId: String?
    let orderId: String?
    let promoCodeId: String?
    let detail: String
    let isRepaired: Bool

    init(_ difference: Difference) {
      kind = difference.kind.rawValue
      rewardId = difference.rewardID
      orderId = difference.orderID
      promoCodeId = difference.promoCodeID
      detail = difference.detail
      isRepaired = difference.isRepaired
    }
  }
}
