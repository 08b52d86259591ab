package import Domain

/// A permission at the store that Laurel asks for, and not one more than it uses.
package enum AppPermission: String, Sendable, CaseIterable, Encodable {
  /// To read orders, to write notes for staff beside them, and to be told of them.
  case manageOrders = "MANAGE_ORDERS"
  /// To read customers, to be told of them, and to write codes and notes for staff into their
  /// metadata.
  case manageUsers = "MANAGE_USERS"
  /// To issue, follow and take back gift cards. With vouchers too: what must never come to life is
  /// taken for good by an inactive card.
  case manageGiftCards = "MANAGE_GIFT_CARD"
  /// To be told that the App was switched off or deleted: the store tells no App without it, not
  /// even of itself (source: `saleor/webhook/event_types.py`).
  case manageApps = "MANAGE_APPS"
  /// To issue, follow and take back vouchers.
  case manageDiscounts = "MANAGE_DISCOUNTS"

  /// What a programme that issues rewards of this kind needs.
  package static func needed(for kind: RewardKind) -> [AppPermission] {
    allCases.filter { kind == .voucher || $0 != .manageDiscounts }
  }
}
