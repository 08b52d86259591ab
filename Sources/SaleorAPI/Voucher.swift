package import Domain
package import FoundationEssentials

/// A voucher as the store has it.
package struct Voucher: Sendable, Equatable {
  /// What the voucher is worth in one channel. Without a listing it cannot be used there.
  package struct Listing: Sendable, Equatable {
    /// The channel's id.
    package let channelID: String
    /// The discount; of a voucher that takes off percent the percentage.
    package let value: Money
    /// The subtotal from which it counts, in the channel's currency; `nil` for any.
    package let minimumSpend: Decimal?
  }

  /// The voucher's id at the store.
  package let id: String
  /// The name that the shop's staff see.
  package let name: String
  /// Its codes.
  package let codes: [String]
  /// Whether Laurel ended it, as it ends a reward that was taken back and makes a tombstone.
  package let isClosed: Bool
  /// Whether its listings say percent, and not amounts.
  package let takesPercent: Bool
  /// The channels in which it can be used.
  package let listings: [Listing]

  /// The reward's id from the voucher's name; `nil` when none stands there.
  ///
  /// The name is the only place for it: a voucher takes no metadata when it is made (FACTS §6).
  package var rewardID: String? { Self.rewardID(name: name) }

  /// The reward's id from a voucher's name; `nil` when none stands there.
  static func rewardID(name: String) -> String? {
    name.split(separator: " ").last.flatMap { UUID(uuidString: String($0)) }
      .map { $0.uuidString.lowercased() }
  }

  /// The days between which a voucher that was taken back could be used; the store refuses an end
  /// before the start (recorded).
  static let closedFrom = "2000-01-01T00:00:00+00:00"
  static let closedUntil = "2000-01-02T00:00:00+00:00"

  /// Whether an end is the one that Laurel sets; no shop has vouchers of that day.
  static func isClosed(endDate: String?) -> Bool {
    guard let endDate, let end = StoreTime.date(endDate) else { return false }
    return end == StoreTime.date(closedUntil)
  }

  /// What the name of each of Laurel's vouchers begins with.
  static let namePrefix = "Referral reward"

  /// The name of the voucher of a reward, which `rewardID` reads back.
  static func name(rewardID: String) -> String { "\(namePrefix) \(rewardID)" }
}
