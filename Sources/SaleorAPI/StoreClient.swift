package import Domain
import FoundationEssentials

/// What Laurel asks of a store, in Laurel's own terms.
package struct StoreClient: Sendable {
  /// What became of a request to make a gift card or a voucher.
  package enum Creation<Made: Sendable & Equatable>: Sendable, Equatable {
    /// The store made it now.
    case created(Made)
    /// A promo code of that text is there already.
    case codeTaken
    /// The store will never make it; why.
    case refused(String)
    /// The store knows no such customer to bind a card to.
    case ownerUnknown
  }

  let graphQL: GraphQLClient

  /// Asks through `graphQL`.
  package init(graphQL: GraphQLClient) {
    self.graphQL = graphQL
  }

  /// The order as it stands now; `nil` when the store knows none of that id.
  /// - Throws: `StoreError`, `CancellationError`.
  package func order(_ id: String) async throws -> Order? {
    try await graphQL.send(OrderQuery(id: id)).order?.order()
  }

  /// The version of the store's schema.
  /// - Throws: `StoreError`, `CancellationError`.
  package func version() async throws -> StoreVersion {
    let text = try await graphQL.send(ShopVersion()).shop.schemaVersion
    guard let version = StoreVersion(text) else {
      throw StoreError(.unexpectedAnswer, "the store's schema version is not a version")
    }
    return version
  }

  /// Makes a gift card for a reward, with this code, that can be used up to the day `expiresOn` (UTC,
  /// such as `2027-01-31`) and on it. Sending the same again is safe: the code is unique at the store.
  ///
  /// - Parameters:
  ///   - owner: the customer who alone can spend it; only where the store can do that
  ///     (`StoreVersion.giftCardsTakeOwner`), `nil` for whoever has the code.
  ///   - isActive: false for a tombstone.
  /// - Throws: `StoreError` when the outcome is unknown or the call cannot be made now,
  ///   `CancellationError`.
  package func createGiftCard(
    code: String, balance: Money, origin: RewardOrigin, expiresOn: String?, owner: String? = nil,
    isActive: Bool = true, version: StoreVersion
  ) async throws -> Creation<GiftCard> {
    let takesMetadata = version.giftCardsTakeMetadata
    let open = [MetadataItem(key: GiftCard.rewardIDKey, value: origin.rewardID)]
    let hidden =
      origin.entries
      + (isActive ? [] : [MetadataItem(key: GiftCard.revokedKey, value: "true")])
    let operation = GiftCardCreate(
      input: .init(
        isActive: isActive,
        balance: .init(
          amount: balance.amount.description, currency: balance.currency.code),
        code: code, expiryDate: expiresOn,
        metadata: takesMetadata ? open : nil, privateMetadata: takesMetadata ? hidden : nil,
        note: takesMetadata ? nil : GiftCardNote.text(open + hidden), assignedTo: owner))
    let payload = try await graphQL.send(operation).giftCardCreate
    if let error = payload.errors.first {
      if error.field == "assignedTo", error.code == "NOT_FOUND" { return .ownerUnknown }
      return error.saysTaken(fields: ["code"])
        ? .codeTaken : .refused(error.summary(hiding: operation.secrets))
    }
    guard let fields = payload.giftCard else {
      throw StoreError(.unexpectedAnswer, "GiftCardCreate: neither a card nor an error")
    }
    return .created(try fields.giftCard())
  }

  /// The gift card with exactly this code, as far as the store's replica knows.
  /// - Throws: `StoreError`, `CancellationError`.
  package func giftCard(code: String) async throws -> GiftCard? {
    guard let connection = try await graphQL.send(GiftCardByCode(code: code)).giftCards else {
      throw StoreError(.unexpectedAnswer, "GiftCardByCode: no list of cards")
    }
    return try connection.edges.first?.node.giftCard()
  }

  /// Puts `tag` on a gift card. Repeating it changes nothing.
  /// - Throws: `StoreError`, `CancellationError`.
  package func tagGiftCard(id: String, tag: String) async throws {
    let operation = GiftCardTag(id: id, tags: [tag])
    let payload = try await graphQL.send(operation).giftCardUpdate
    if let error = payload.errors.first {
      throw StoreError(.invalidRequest, "GiftCardTag: \(error.summary(hiding: operation.secrets))")
    }
  }
}
