import Domain
import FoundationEssentials
import SaleorAPI

/// What a reward is at the store: a promo code of either kind.
enum PromoCode: Sendable, Equatable {
  case giftCard(GiftCard)
  case voucher(Voucher)

  /// Which kind it is.
  var kind: RewardKind {
    switch self {
    case .giftCard: .giftCard
    case .voucher: .voucher
    }
  }

  /// Its id at the store.
  var id: String {
    switch self {
    case .giftCard(let card): card.id
    case .voucher(let voucher): voucher.id
    }
  }

  /// Whether staff have switched it off.
  var isInactive: Bool {
    switch self {
    case .giftCard(let card): !card.isActive
    case .voucher(let voucher): voucher.isClosed
    }
  }

  /// Whether Laurel switched it off: a tombstone, or a reward that was taken back.
  var isRevoked: Bool {
    switch self {
    case .giftCard(let card): card.isRevoked && !card.isActive
    case .voucher(let voucher): voucher.isClosed
    }
  }

  /// What was spent of a gift card; a voucher does not tell here.
  var spent: Decimal? {
    switch self {
    case .giftCard(let card): max(card.initialBalance.amount - card.currentBalance.amount, 0)
    case .voucher: nil
    }
  }

  /// The reward that it names; `nil` when it names none.
  var rewardID: String? {
    switch self {
    case .giftCard(let card): card.rewardID
    case .voucher(let voucher): voucher.rewardID
    }
  }

  /// Whether it takes off percent.
  var takesPercent: Bool {
    switch self {
    case .giftCard: false
    case .voucher(let voucher): voucher.takesPercent
    }
  }

  /// What it is worth: one amount for a card, one for each listing of a voucher; of one that takes off
  /// percent the percentage.
  var worth: [Money] {
    switch self {
    case .giftCard(let card): [card.initialBalance]
    case .voucher(let voucher): voucher.listings.map(\.value)
    }
  }
}
