package import Domain

/// What the choice of a campaign rests on.
package struct CampaignFacts: Sendable {
  /// The order as it was read back.
  package var order: Order
  /// The day on which it was placed, in the shop's time zone; `nil` where no campaign asks.
  package var day: CalendarDay?
  /// The country where it goes, or is billed where nothing is sent; `nil` where no campaign asks or
  /// the store does not tell.
  package var country: String?
  /// The ids of the categories of its goods, and of those above them; empty where no campaign asks.
  package var categories: Set<String> = []
  /// Whether some of its goods were deleted at the store since, so that nobody knows their categories.
  package var hasDeletedGoods = false
  /// What the buyer bought before.
  package var history = Facts.History.unknown

  /// Facts of an order of which nothing else is known.
  package init(order: Order) {
    self.order = order
  }
}
