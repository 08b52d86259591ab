extension SandboxStore {
  /// `giftCardDeactivate`: makes a card worthless; on one that is so already it changes nothing.
  func deactivateGiftCard(_ root: QueryPlan.Field) -> JSONValue {
    let id = root.arguments["id"]?.asString ?? ""
    change(card: id) { $0.isActive = false }
    guard let card = cards.first(where: { $0.id == id }) else {
      return [
        "giftCard": .null,
        "errors": [
          GiftCardInput.Refusal("id", "NOT_FOUND", "Couldn't resolve to a node: \(id)").json
        ],
      ]
    }
    return ["giftCard": card.json(app: app), "errors": []]
  }

  /// `voucherUpdate`: another name, another time in which it can be used, more codes.
  func updateVoucher(_ root: QueryPlan.Field) -> JSONValue {
    let id = root.arguments["id"]?.asString ?? ""
    func payload(_ voucher: SandboxVoucher?, _ refusals: [VoucherInput.Refusal]) -> JSONValue {
      ["voucher": voucher?.json ?? .null, "errors": .array(refusals.map(\.json))]
    }
    guard var voucher = vouchers.first(where: { $0.id == id }) else {
      return payload(
        nil, [.init(field: "id", code: "NOT_FOUND", message: "Couldn't resolve to a node: \(id)")])
    }
    let input = VoucherInput(root.arguments["input"] ?? .null)
    if let name = input.name { voucher.name = name }
    if let startDate = input.startDate { voucher.startDate = startDate }
    if let endDate = input.endDate { voucher.endDate = endDate }
    // The store's way of writing instants sorts as text.
    if let endDate = voucher.endDate, endDate < voucher.startDate {
      return payload(
        nil,
        [
          .init(
            field: "endDate", code: "INVALID",
            message: "End date cannot be before the start date.")
        ])
    }
    change(voucher: id) { $0 = voucher }
    return payload(voucher, [])
  }
}
