/// One operation of the store's API: its document, its variables and the shape of its answer stand
/// together, and encoding the operation gives its variables.
package protocol GraphQLOperation: Encodable, Sendable {
  /// What stands under `data` in the answer.
  associatedtype Answer: Decodable & Sendable

  /// The operation's name in the document.
  static var name: String { get }
  /// The GraphQL text; valid against every schema from 3.20 on, or from the version that its first
  /// line names: `# Stores from 3.22 on.`
  static var document: String { get }
  /// Values that must not appear in an error: the store repeats variables in some of its messages.
  var secrets: [String] { get }
  /// Whether the transport may send the operation again by itself.
  static var isRepeatable: Bool { get }
}

extension GraphQLOperation {
  /// Most operations carry nothing secret.
  package var secrets: [String] { [] }
  /// Most operations change nothing the second time.
  package static var isRepeatable: Bool { true }
}

/// Every operation that Laurel sends, for the check against the store's schemas.
package enum GraphQLOperations {
  /// Name and document of each.
  package static let all: [(name: String, document: String)] = [
    (OrderQuery.name, OrderQuery.document),
    (OrderParticularsQuery.name, OrderParticularsQuery.document),
    (OrderGoodsQuery.name, OrderGoodsQuery.document),
    (ReferrerQuery.name, ReferrerQuery.document),
    (GiftCardCreate.name, GiftCardCreate.document),
    (GiftCardByCode.name, GiftCardByCode.document),
    (GiftCardTag.name, GiftCardTag.document),
    (GiftCardSettingsQuery.name, GiftCardSettingsQuery.document),
    (ChannelsQuery.name, ChannelsQuery.document),
    (VoucherCreate.name, VoucherCreate.document),
    (VoucherChannelListingUpdate.name, VoucherChannelListingUpdate.document),
    (VouchersByCode.name, VouchersByCode.document),
    (PurchaseQuery.name, PurchaseQuery.document),
    (CustomerOrders.name, CustomerOrders.document),
    (OrdersByAddress.name, OrdersByAddress.document),
    (GiftCardDeactivate.name, GiftCardDeactivate.document),
    (VoucherClose.name, VoucherClose.document),
    (GiftCardState.name, GiftCardState.document),
    (VoucherState.name, VoucherState.document),
    (GiftCardEvents.name, GiftCardEvents.document),
    (GiftCardResend.name, GiftCardResend.document),
    (CustomerQuery.name, CustomerQuery.document),
    (ChangedOrders.name, ChangedOrders.document),
    (ChangedOrderTimes.name, ChangedOrderTimes.document),
    (MetadataUpdate.name, MetadataUpdate.document),
    (CustomerCount.name, CustomerCount.document),
    (CustomersQuery.name, CustomersQuery.document),
    (ShopVersion.name, ShopVersion.document),
    (AppMarks.name, AppMarks.document),
    (AppMarksUpdate.name, AppMarksUpdate.document),
    (OwnGiftCards.name, OwnGiftCards.document),
    (OwnVouchers.name, OwnVouchers.document),
    (OwnGiftCard.name, OwnGiftCard.document),
    (OwnVoucher.name, OwnVoucher.document),
    (FoundOrder.name, FoundOrder.document),
    (PastOrders.name, PastOrders.document),
    (OrderCount.name, OrderCount.document),
    (WebhookList.name, WebhookList.document),
    (MissedDeliveries.name, MissedDeliveries.document),
    (MissedDeliveryTimes.name, MissedDeliveryTimes.document),
    (AppQuery.name, AppQuery.document),
    (AppWebhooks.name, AppWebhooks.document),
    (AppFailedDeliveries.name, AppFailedDeliveries.document),
  ]
}
