import Domain

/// A model of the store's promo codes: one text is one code on the writer, over both kinds; what is
/// read may be as old as a replica lags.
struct SimulatedStore {
  /// A promo code.
  struct Code {
    let text: String
    let kind: RewardKind
    let side: OrderSide
    let madeAt: Int
    let isTombstone: Bool
    /// Whether it was active, from when on.
    var past: [(time: Int, isActive: Bool)]
    /// When a voucher was given its worth; a card has it from the beginning.
    var completeSince: Int?
    /// Whether the shop's staff switched it off.
    var isOffByStaff = false

    var isActive: Bool { past.last?.isActive ?? false }
    var isWorthSomething: Bool { isActive && completeSince != nil }

    /// The code as it was shown at `time`; `nil` before it was made.
    func stored(at time: Int, id: Int) -> StoredCode? {
      guard madeAt <= time else { return nil }
      return StoredCode(
        kind: kind, id: String(id), rewardID: side.rewardID,
        isActive: past.last { $0.time <= time }?.isActive ?? false, isTombstone: isTombstone,
        isIncomplete: completeSince.map { $0 > time } ?? true)
    }
  }

  /// Whose the App is, as the store has it.
  var marks: LedgerMarks?
  private(set) var codes: [Code] = []
  private var byText: [String: Int] = [:]
  /// When anything changed last.
  private(set) var changedAt = 0

  /// Makes a code; `nil` when its text is taken.
  mutating func make(
    _ text: String, kind: RewardKind, for side: OrderSide, isActive: Bool, at time: Int
  ) -> StoredCode? {
    guard byText[text] == nil else { return nil }
    byText[text] = codes.count
    codes.append(
      Code(
        text: text, kind: kind, side: side, madeAt: time,
        isTombstone: !isActive, past: [(time, isActive)],
        completeSince: kind == .giftCard ? time : nil))
    changedAt = time
    return codes.last?.stored(at: time, id: codes.count - 1)
  }

  /// Looks a code up as it was at `time`.
  func find(_ text: String, at time: Int) -> StoredCode? {
    byText[text].flatMap { codes[$0].stored(at: time, id: $0) }
  }

  /// Gives a voucher its worth.
  mutating func complete(_ id: Int, at time: Int) {
    guard codes[id].completeSince == nil else { return }
    codes[id].completeSince = time
    changedAt = time
  }

  /// Switches a code on or off.
  mutating func set(_ id: Int, isActive: Bool, at time: Int, byStaff: Bool = false) {
    guard codes[id].isActive != isActive else { return }
    codes[id].past.append((time, isActive))
    if byStaff { codes[id].isOffByStaff = true }
    changedAt = time
  }
}
