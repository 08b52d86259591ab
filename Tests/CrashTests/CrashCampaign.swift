import Domain
import FoundationEssentials

/// What an order of a crash test is paid by; its value says which campaign it belongs to.
enum CrashCampaign: String, Sendable, CaseIterable {
  /// The programme of the environment, where no file names campaigns.
  case standard = "default"
  /// Both sides are paid at once.
  case both
  /// Both sides are paid when a hold is over.
  case held
  /// The friend is paid, and the referrer for some of his orders.
  case milestones

  /// Those of a file.
  static let ofFile: [CrashCampaign] = [.both, .held, .milestones]

  /// What a milestone is worth, by its number; each amount belongs to one milestone only.
  static let milestoneAmounts: [Int: Decimal] = [1: 5, 3: 6, 10: 7]

  /// The value of an order that belongs to it.
  var orderTotal: Decimal {
    switch self {
    case .standard, .both: 49
    case .milestones: 70
    case .held: 90
    }
  }

  /// Who is due a reward for each order.
  var roles: [RewardIdentity.Role] {
    switch self {
    case .standard: [.referrer]
    case .both, .held: [.referrer, .friend]
    case .milestones: [.friend]
    }
  }

  /// The file that names them, with these rules; without any it is the shipped one otherwise.
  static func yaml(_ rules: String?) throws -> String {
    guard let rules else {
      let shipped = try String(contentsOfFile: "config/laurel.yaml", encoding: .utf8)
      return shipped.replacing("campaigns: []\n", with: campaigns)
    }
    return campaigns + rules
  }

  private static let campaigns = """
    campaigns:
      - id: held
        minimum_order: {USD: 80.00}
        hold_days: 14
        rewards:
          - {for: referrer, type: gift_card, percent: 10, cap: {USD: 8.00}}
          - {for: friend, type: gift_card, amount: {USD: 4.00}}
      - id: milestones
        minimum_order: {USD: 60.00}
        countries: [US]
        rewards:
          - {for: referrer, type: gift_card, milestones: {1: {USD: 5}, 3: {USD: 6}, 10: {USD: 7}}}
          - {for: friend, type: voucher, amount: {USD: 3.00}}
      - id: both
        budget: {USD: 1000000.00}
        rewards:
          - {for: referrer, type: gift_card, amount: {USD: 10.50}, validity: store}
          - {for: friend, type: voucher, percent: 10, cap: {USD: 3.00}}

    """
}
