import Domain

/// A model of the ledger: the rows on which the protocol rests, and their guards. Each call is a
/// transaction. It is a value, so that a copy of it is a backup.
struct SimulatedLedger {
  /// An event about an order, by its key.
  struct Hint: Hashable {
    let order: Int
    /// Which change of the order it tells of, by the store's clock.
    let time: Int
    /// Whether the event says that time.
    let tellsTime: Bool
    /// Whether the program found it out by itself.
    let isPolled: Bool
  }

  /// What follows an order.
  struct Referral {
    /// A decided referral whose order fell later is `fallen`.
    enum State: String { case tracked, paid, rewarded, rejected, fallen }
    var state = State.tracked
    var hints = 0
    var checks = 0
    /// A read of the order counts when it is at least of this time.
    var notBefore = 0
    var dueAt: Int?
    var leaseUntil = 0
    var epoch = 0
    /// The campaign that the decided order belongs to.
    var campaign: String?
    /// When the order was first seen paid, and until when its rewards are held back.
    var paidAt: Int?
    var heldUntil: Int?
    let since: Int

    /// Whether it counts as one of the referrer's orders.
    var counts: Bool { state == .paid || state == .rewarded }
  }

  /// What is owed, and what has been paid.
  struct Reward {
    var state: RewardLife.State
    let grant: RewardGrant
    var version = 1
    var attempts = 0
    var triedSince: Int?
    var dueAt: Int?
    var leaseUntil = 0
    var epoch = 0
    /// The code at the store, once it is known.
    var storeID: String?
    /// Whether the label has to be put on.
    var isLabelDue = false

    /// Whether the store has still to make it.
    var isOwed: Bool { state == .pending || state == .creating || state == .dead }
    /// Whether it was neither refused nor taken back for good.
    var stands: Bool { state != .rejected && state != .revoked }
  }

  var inbox: Set<Hint> = []
  var queue: [Hint] = []
  var referrals: [Referral?]
  /// By `OrderSide.index`.
  var rewards: [Reward?]
  /// Up to where the orders were read, by the store's clock.
  var pollMark = -1
  var pollDueAt = 0
  var reconcileDueAt = 0
  /// Whose the App is, as the ledger has it.
  var marks = LedgerMarks(installation: "shop", key: "key", generation: 1, position: 0)
  /// When it was put back last.
  var putBackAt: Int?
  /// When a row of an order changed last.
  var changedAt = 0

  init(orders: Int) {
    referrals = Array(repeating: nil, count: orders)
    rewards = Array(repeating: nil, count: 2 * orders)
  }

  /// Writes an event down; false when its key is known.
  mutating func insert(_ hint: Hint) -> Bool {
    guard inbox.insert(hint).inserted else { return false }
    queue.append(hint)
    return true
  }

  /// Follows the orders that events named; decided ones are looked at again.
  mutating func link(at now: Int) {
    for hint in queue {
      var referral = referrals[hint.order] ?? Referral(since: now)
      if referral.state != .rejected && referral.state != .fallen {
        referral.hints += 1
        referral.checks = 0
        referral.dueAt = now
        if hint.tellsTime { referral.notBefore = max(referral.notBefore, hint.time) }
      }
      referrals[hint.order] = referral
    }
    if !queue.isEmpty { changedAt = now }
    queue = []
  }

  /// Claims a referral that is due.
  mutating func claimReferral(at now: Int, lease: Int) -> (order: Int, row: Referral)? {
    for order in referrals.indices {
      guard var row = referrals[order], let due = row.dueAt, due <= now, row.leaseUntil < now
      else { continue }
      row.leaseUntil = now + lease
      row.epoch += 1
      row.checks += 1
      referrals[order] = row
      return (order, row)
    }
    return nil
  }

  /// Writes to a claimed referral; false when the claim no longer holds.
  ///
  /// - Parameter isDecision: whether an event that came after the claim forbids it. The referral is
  ///   due again at once then.
  mutating func update(
    _ order: Int, _ claim: Referral, isDecision: Bool, at now: Int,
    _ change: (inout Referral) -> Void
  ) -> Bool {
    guard var row = referrals[order], row.epoch == claim.epoch, row.state == claim.state else {
      return false
    }
    row.leaseUntil = 0
    let holds = !isDecision || row.hints == claim.hints
    if holds { change(&row) } else { row.dueAt = now }
    referrals[order] = row
    changedAt = now
    return holds
  }

  /// When there is work next.
  var nextDue: Int {
    var next = min(pollDueAt, reconcileDueAt)
    if !queue.isEmpty { next = 0 }
    // Asked after nearly every event: plain loops are quick in a debug build.
    var order = 0
    while order < referrals.count {
      if let due = referrals[order]?.dueAt, let lease = referrals[order]?.leaseUntil {
        next = min(next, max(due, lease + 1))
      }
      order += 1
    }
    var side = 0
    while side < rewards.count {
      if let due = rewards[side]?.dueAt, let lease = rewards[side]?.leaseUntil {
        next = min(next, max(due, lease + 1))
      }
      side += 1
    }
    return next
  }

  /// Whether nothing is left to do for any order.
  var isQuiet: Bool {
    queue.isEmpty && referrals.allSatisfy { $0?.dueAt == nil }
      && rewards.allSatisfy { $0 == nil || $0?.dueAt == nil && $0?.state != .dead }
  }
}
