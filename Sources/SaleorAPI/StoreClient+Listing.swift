package import Domain

extension StoreClient {
  /// Some of the promo codes that Laurel made.
  package struct OwnPromoCodePage: Sendable {
    /// The codes of the page.
    package let codes: [OwnPromoCode]
    /// Where the next page begins; `nil` when this is the last one.
    package let next: String?
  }

  /// How many records a page has at most; the store gives no more.
  private static let pageLimit = 100

  /// The next page of the promo codes of one kind that tell of a reward; `after` is where the page
  /// before it ended. Cards of 3.20 say it in a note, which cannot be searched, so that on such a
  /// store every card is read.
  /// - Throws: `StoreError`, `CancellationError`.
  package func ownPromoCodes(
    _ kind: RewardKind, after: String?, version: StoreVersion
  ) async throws -> OwnPromoCodePage {
    var limit = Self.pageLimit
    while true {
      do {
        switch kind {
        case .giftCard: return try await ownGiftCards(after: after, limit: limit, version)
        case .voucher: return try await ownVouchers(after: after, limit: limit)
        }
      } catch let error as StoreError where error.code == .answerTooLarge && limit > 1 {
        limit /= 10
      }
    }
  }

  /// A promo code by its id, whatever it tells of itself; `nil` when the store, or its replica,
  /// knows none of that id.
  /// - Throws: `StoreError`, `CancellationError`.
  package func promoCode(_ kind: RewardKind, id: String) async throws -> OwnPromoCode? {
    switch kind {
    case .giftCard:
      try await graphQL.send(OwnGiftCard(id: id)).giftCard.map(OwnPromoCode.init)
    case .voucher:
      try await graphQL.send(OwnVoucher(id: id)).voucher.map(OwnPromoCode.init)
    }
  }

  /// The order in the form in which the poll finds it; `nil` when the store knows none of that id.
  /// - Throws: `StoreError`, `CancellationError`.
  package func polledOrder(_ id: String) async throws -> PolledOrder? {
    try await graphQL.send(FoundOrder(id: id)).order?.polled()
  }

  private func ownGiftCards(
    after: String?, limit: Int, _ version: StoreVersion
  ) async throws -> OwnPromoCodePage {
    let isSearchable = version.giftCardsTakeMetadata
    let operation = OwnGiftCards(
      filter: isSearchable ? .init(metadata: [.init(key: GiftCard.rewardIDKey)]) : nil,
      after: after, limit: limit)
    guard let list = try await graphQL.send(operation).giftCards else {
      throw StoreError(.unexpectedAnswer, "OwnGiftCards: no list of cards")
    }
    let codes = try list.edges.map { try OwnPromoCode($0.node) }
    return OwnPromoCodePage(
      codes: isSearchable ? codes : codes.filter { $0.rewardID != nil },
      next: try list.pageInfo.next())
  }

  private func ownVouchers(after: String?, limit: Int) async throws -> OwnPromoCodePage {
    let operation = OwnVouchers(search: Voucher.namePrefix, after: after, limit: limit)
    guard let list = try await graphQL.send(operation).vouchers else {
      throw StoreError(.unexpectedAnswer, "OwnVouchers: no list of vouchers")
    }
    return OwnPromoCodePage(
      codes: try list.edges.map(\.node).own(), next: try list.pageInfo.next())
  }
}
