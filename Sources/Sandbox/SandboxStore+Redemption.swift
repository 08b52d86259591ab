import FoundationEssentials

extension SandboxStore {
  /// Why a promo code is not taken. The store itself does not tell why.
  package enum Refusal: Error, Equatable {
    /// There is no such code or order, it is switched off, ended, used up, not for this channel,
    /// or the order is below its minimum.
    case invalid
  }

  // MARK: Spending

  /// Pays an order with a gift card, as far as the card goes; gives the order, whose total is less
  /// afterwards, as the store tells of it. A redemption fires the order's events and none of the
  /// card.
  /// - Throws: `Refusal`.
  @discardableResult
  package func redeem(cardCode: String, in orderID: String) throws -> SandboxOrder {
    guard var card = card(code: cardCode), let order = order(orderID), card.isActive,
      card.expiryDate.map({ $0 >= now().storeDay }) ?? true, card.currentBalance > 0,
      card.currency == order.currency
    else { throw Refusal.invalid }
    let before = card.currentBalance
    let spent = min(before, order.total)
    card.currentBalance -= spent
    card.lastUsed = now()
    card.events.append(
      event(
        "USED_IN_ORDER",
        use: .init(
          orderID: order.id, orderNumber: order.number, email: order.userEmail,
          balanceBefore: before),
        balance: card.currentBalance))
    save(&card)
    let shown = card.json(app: app)
    return try change(orderID) { order in
      order.reduceTotal(by: spent)
      order.fields["giftCards"] = .array((order.fields["giftCards"].asArray ?? []) + [shown])
    }
  }

  /// Takes a voucher's discount off an order; gives the order as the store tells of it. The use
  /// fires the order's events and none of the voucher.
  /// - Throws: `Refusal`.
  @discardableResult
  package func redeem(voucherCode: String, in orderID: String) throws -> SandboxOrder {
    guard let order = order(orderID),
      let index = vouchers.firstIndex(where: { voucher in
        voucher.codes.contains { $0.code == voucherCode && $0.isActive }
      }),
      let place = vouchers[index].codes.firstIndex(where: { $0.code == voucherCode })
    else { throw Refusal.invalid }
    let voucher = vouchers[index]
    let used = voucher.codes.map(\.used).reduce(0, +)
    guard let listing = voucher.listings.first(where: { $0.channel.slug == order.channel }),
      voucher.usageLimit.map({ used < $0 }) ?? true, voucher.discountValueType == "FIXED",
      voucher.endDate.map({ $0 > now().storeText }) ?? true,
      order.total >= listing.minimumSpent ?? 0
    else { throw Refusal.invalid }
    vouchers[index].codes[place].used += 1
    if voucher.singleUse { vouchers[index].codes[place].isActive = false }
    return try change(orderID) { order in
      order.reduceTotal(by: min(listing.discountValue, order.total))
      order.fields["voucherCode"] = .string(voucherCode)
      order.fields["voucher"] = [
        "id": .string(voucher.id), "name": .optional(voucher.name), "type": .string(voucher.type),
      ]
    }
  }

  private func change(
    _ orderID: String, _ change: @Sendable (inout SandboxOrder) -> Void
  ) throws -> SandboxOrder {
    guard let order = update(order: orderID, change) else { throw Refusal.invalid }
    return order
  }

  /// Removes a gift card as staff can; its code is free again.
  package func delete(card id: String) {
    cards.removeAll { $0.id == id }
    cardIndex = Dictionary(cards.indices.map { (cards[$0].code, $0) }) { first, _ in first }
  }

  /// Removes a voucher as staff can.
  package func delete(voucher id: String) { vouchers.removeAll { $0.id == id } }

  // MARK: Reading back

  /// `giftCard`: the card, or null when there is none of that id.
  func giftCard(_ root: QueryPlan.Field, fault: SandboxFault?) -> JSONValue {
    let id = root.arguments["id"]?.asString
    let found = cards.first { $0.id == id && !isStale($0.created, fault) }
    return found?.json(app: app) ?? .null
  }

  /// `voucher`: the voucher, or null when there is none of that id.
  func voucher(_ root: QueryPlan.Field, fault: SandboxFault?) -> JSONValue {
    let id = root.arguments["id"]?.asString
    return vouchers.first { $0.id == id && !isStale($0.created, fault) }?.json ?? .null
  }

  private func isStale(_ created: Date, _ fault: SandboxFault?) -> Bool {
    if case .staleReads = fault { created > replicaHorizon } else { false }
  }
}
