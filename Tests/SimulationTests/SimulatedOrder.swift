import Domain
import FoundationEssentials
import Rules

/// An order as the store has it, with its past, and with what the run means to do to it.
struct SimulatedOrder {
  /// How far it has come.
  enum Phase: String {
    case unpaid, paid, partlyRefunded, refunded, canceled
  }

  /// Why it can earn a reward, or not.
  enum Claim: String {
    case friend, ownCode, unknownCode
  }

  let index: Int
  let claim: Claim
  let channel: String
  /// The order of the same buyer that comes before it; only one of the two earns a reward.
  let rival: Int?
  /// For whom and until when the store refuses to make anything.
  let refused: RewardIdentity.Role
  let refusedUntil: Int
  /// What it became, and when.
  var past: [(time: Int, phase: Phase)] = []
  /// The codes of its rewards, once they were derived.
  var codes: [RewardIdentity: String] = [:]

  var id: String { "order-\(index)" }
  var buyer: String { "buyer-\(rival ?? index)" }
  var phase: Phase { past.last?.phase ?? .unpaid }
  var placedAt: Int { past.first?.time ?? .max }

  /// The order as it was at `time`; `nil` before it was placed.
  func version(at time: Int) -> (time: Int, phase: Phase)? { past.last { $0.time <= time } }

  /// What a read of it in `phase` shows.
  func read(in phase: Phase, of world: GivenWorld) -> Order {
    var order = world.order
    order.id = id
    order.number = String(index)
    order.channel = channel
    order.status =
      switch phase {
      case .canceled: .canceled
      case .unpaid: .unconfirmed
      case .paid, .partlyRefunded, .refunded: .unfulfilled
      }
    order.isPaid = phase == .paid || phase == .canceled
    order.chargeStatus =
      switch phase {
      case .paid, .canceled: .full
      case .partlyRefunded: .partial
      case .unpaid, .refunded: .none
      }
    order.totalCharged =
      switch phase {
      case .paid, .canceled: 25
      case .partlyRefunded: 12
      case .unpaid, .refunded: 0
      }
    order.userID = claim == .ownCode ? world.code.referrerUserID : buyer
    return order
  }
}
