import Domain
import FoundationEssentials

extension SandboxStore {
  /// `vouchers`: those that match the filter, by name.
  func vouchers(
    _ root: QueryPlan.Field, fault: SandboxFault?
  ) throws(FieldProblem) -> JSONValue {
    let page = try SandboxPage(root)
    let filter = root.arguments["filter"] ?? .null
    var found = vouchers.sorted { ($0.name ?? "") < ($1.name ?? "") }
    if case .staleReads = fault {
      let horizon = replicaHorizon
      found.removeAll { $0.created > horizon }
    }
    if let search = filter["search"].asString { found.removeAll { !$0.matches(search) } }
    for entry in filter["metadata"].asArray ?? [] {
      let value = entry["value"].asString
      found.removeAll { voucher in
        guard let held = voucher.metadata[entry["key"].asString ?? ""] else { return true }
        return value != nil && held != value
      }
    }
    return try page.connection(of: found, id: \.id, json: \.json)
  }

  /// `voucherCreate`: saves the voucher and its codes as one.
  func createVoucher(_ root: QueryPlan.Field, fault: SandboxFault?) -> JSONValue {
    let input = VoucherInput(root.arguments["input"] ?? .null)
    let refusal = input.refusal(
      taken: Set(input.codes.filter { isTaken($0) }),
      reportsTakenAsUnique: fault == .duplicateReportedAsUnique, now: now().storeText,
      knownCategories: categories)
    if let refusal { return Self.payload(nil, [refusal]) }
    let codes = input.codes.map { code in
      SandboxVoucher.Code(
        id: .globalID("VoucherCode", UUID().uuidString.lowercased()),
        code: code.isEmpty ? newCode() : code, created: now())
    }
    let voucher = SandboxVoucher(
      id: .globalID("Voucher", String(vouchers.count + 1)), name: input.name, codes: codes,
      type: input.type, categories: input.categories, discountValueType: input.discountValueType,
      startDate: input.startDate ?? now().storeText, endDate: input.endDate,
      usageLimit: input.usageLimit, singleUse: input.singleUse,
      applyOncePerCustomer: input.applyOncePerCustomer)
    vouchers.append(voucher)
    voucherCodes.formUnion(codes.map(\.code))
    return Self.payload(voucher, [])
  }

  /// Whether a promo code of either kind has this code.
  func isTaken(_ code: String) -> Bool { cardIndex[code] != nil || voucherCodes.contains(code) }

  /// `voucherChannelListingUpdate`: makes listings or overwrites them, all or none.
  func updateVoucherListings(_ root: QueryPlan.Field) throws(FieldProblem) -> JSONValue {
    let id = root.arguments["id"]?.asString ?? ""
    guard let index = vouchers.firstIndex(where: { $0.id == id }) else {
      return Self.payload(
        nil,
        [.init(field: "id", code: "NOT_FOUND", message: "Couldn't resolve to a node: \(id)")])
    }
    var voucher = vouchers[index]
    let input = root.arguments["input"] ?? .null
    for added in input["addChannels"].asArray ?? [] {
      if let refusal = try add(listing: added, to: &voucher, root) {
        return Self.payload(nil, [refusal])
      }
    }
    let removed = input["removeChannels"].asArray?.compactMap(\.asString) ?? []
    voucher.listings.removeAll { removed.contains($0.channel.id) }
    vouchers[index] = voucher
    return Self.payload(voucher, [])
  }

  /// Adds one listing; gives the store's refusal instead when there is one.
  private func add(
    listing input: JSONValue, to voucher: inout SandboxVoucher, _ root: QueryPlan.Field
  ) throws(FieldProblem) -> VoucherInput.Refusal? {
    let channelID = input["channelId"].asString ?? ""
    guard let channel = channels.first(where: { $0.id == channelID }) else {
      return .init(
        field: "channelId", code: "GRAPHQL_ERROR",
        message: "Could not resolve to a node with the global id list of '['\(channelID)']'.")
    }
    // The store compares nothing with a number and falls over it.
    guard let value = input["discountValue"].asDecimal else {
      throw .internalError("TypeError", root)
    }
    let minimum = input["minAmountSpent"].asDecimal
    let isPercentage = voucher.discountValueType == "PERCENTAGE"
    if isPercentage && value > 100 {
      return .init(
        field: "discountValue", code: "INVALID", message: "Invalid percentage value.",
        channels: [channelID])
    }
    let amounts = [("discountValue", isPercentage ? nil : value), ("minAmountSpent", minimum)]
    let digits = Currency(channel.currencyCode)?.amountDigits ?? 2
    for (field, amount) in amounts where (amount?.fractionDigits ?? 0) > digits {
      return .init(
        field: field, code: "INVALID", message: "Invalid amount precision.",
        channels: [channelID])
    }
    if let index = voucher.listings.firstIndex(where: { $0.channel.id == channelID }) {
      voucher.listings[index].discountValue = value
      if let minimum { voucher.listings[index].minimumSpent = minimum }
    } else {
      listingCount += 1
      voucher.listings.append(
        .init(
          id: .globalID("VoucherChannelListing", String(listingCount)), channel: channel,
          discountValue: value, minimumSpent: minimum))
    }
    return nil
  }

  private static func payload(
    _ voucher: SandboxVoucher?, _ refusals: [VoucherInput.Refusal]
  ) -> JSONValue {
    ["voucher": voucher?.json ?? .null, "errors": .array(refusals.map(\.json))]
  }
}
