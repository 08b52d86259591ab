package import Domain
package import FoundationEssentials

extension StoreClient {
  /// What became of a request to list a voucher in channels.
  package enum VoucherListing: Sendable, Equatable {
    /// The voucher is worth what was asked for in all of them.
    case listed
    /// The store will never do it; why.
    case refused(String)
  }

  /// The channels that sell in `currency` at present.
  /// - Throws: `StoreError`, `CancellationError`.
  package func activeChannels(of currency: Currency) async throws -> [StoreChannel] {
    guard let channels = try await graphQL.send(ChannelsQuery()).channels else {
      throw StoreError(.unexpectedAnswer, "Channels: no list of channels")
    }
    return channels.filter { $0.isActive && $0.currencyCode == currency.code }
      .map { StoreChannel(id: $0.id, slug: $0.slug, currency: currency) }
  }

  /// Makes a voucher with this code that can be used once, up to the end of the day `expiresOn`
  /// (UTC, such as `2027-01-31`). It is worth nothing before it is listed. Sending the same again
  /// is safe: the code is unique at the store.
  ///
  /// - Parameters:
  ///   - takesPercent: whether it takes off percent, and not an amount.
  ///   - categories: the ids of the categories on whose goods it counts; empty for whole orders.
  /// - Throws: `StoreError` when the outcome is unknown or the call cannot be made now,
  ///   `CancellationError`.
  package func createVoucher(
    code: String, rewardID: String, takesPercent: Bool = false, categories: [String] = [],
    expiresOn: String?
  ) async throws -> Creation<Voucher> {
    try await create(
      voucher: .init(
        type: categories.isEmpty ? .entireOrder : .specificProduct,
        discountValueType: takesPercent ? .percentage : .fixed,
        categories: categories.isEmpty ? nil : categories,
        name: Voucher.name(rewardID: rewardID), addCodes: [code],
        endDate: expiresOn.map { "\($0)T23:59:59+00:00" }))
  }

  func create(voucher input: VoucherCreate.Input) async throws -> Creation<Voucher> {
    let operation = VoucherCreate(input: input)
    let payload = try await graphQL.send(operation).voucherCreate
    if let error = payload.errors.first {
      return error.saysTaken(fields: ["code", "codes"])
        ? .codeTaken : .refused(error.summary(hiding: operation.secrets))
    }
    guard let fields = payload.voucher else {
      throw StoreError(.unexpectedAnswer, "VoucherCreate: neither a voucher nor an error")
    }
    return .created(try fields.voucher())
  }

  /// Makes a voucher worth `value` in these channels, an amount or percent as it was made, for a
  /// subtotal of `minimumSpend` or more, and notes where it comes from. Sending the same again changes
  /// nothing.
  /// - Throws: `StoreError` when the outcome is unknown or the call cannot be made now,
  ///   `CancellationError`.
  package func list(
    voucher id: String, of origin: RewardOrigin, in channels: [StoreChannel], value: Decimal,
    minimumSpend: Decimal?
  ) async throws -> VoucherListing {
    let operation = VoucherChannelListingUpdate(
      id: id,
      input: .init(
        addChannels: channels.map {
          .init(
            channelId: $0.id, discountValue: value.description,
            minAmountSpent: minimumSpend?.description)
        }),
      note: origin.entries)
    let payload = try await graphQL.send(operation).voucherChannelListingUpdate
    if let error = payload.errors.first {
      return .refused(error.summary(hiding: operation.secrets))
    }
    guard payload.voucher != nil else {
      throw StoreError(
        .unexpectedAnswer, "VoucherChannelListingUpdate: neither a voucher nor an error")
    }
    return .listed
  }

  /// The voucher with exactly this code, as far as the store's replica knows.
  /// - Throws: `StoreError`, `CancellationError`.
  package func voucher(code: String) async throws -> Voucher? {
    guard let connection = try await graphQL.send(VouchersByCode(code: code)).vouchers else {
      throw StoreError(.unexpectedAnswer, "VouchersByCode: no list of vouchers")
    }
    return try connection.edges.map { try $0.node.voucher() }.first { $0.codes.contains(code) }
  }
}
