import FoundationEssentials

extension SandboxStore {
  /// `giftCards`: the cards that match the filter, oldest first.
  func giftCards(
    _ root: QueryPlan.Field, fault: SandboxFault?
  ) throws(FieldProblem) -> JSONValue {
    let page = try SandboxPage(root)
    let filter = root.arguments["filter"] ?? .null
    var found = cards
    if case .staleReads = fault {
      let horizon = replicaHorizon
      found.removeAll { $0.created > horizon }
    }
    if let code = filter["code"].asString { found.removeAll { $0.code != code } }
    for entry in filter["metadata"].asArray ?? [] {
      let value = entry["value"].asString
      found.removeAll { card in
        guard let held = card.metadata[entry["key"].asString ?? ""] else { return true }
        return value != nil && held != value
      }
    }
    if let names = filter["tags"].asArray?.compactMap(\.asString), !names.isEmpty {
      found.removeAll { card in card.tags.allSatisfy { !names.contains($0.name) } }
    }
    // The search index is filled by a background job that the recorded store did not run.
    if root.arguments["search"]?.asString?.isEmpty == false { found = [] }
    let app = app
    return try page.connection(of: found, id: \.id) { $0.json(app: app) }
  }

  /// `giftCardCreate`: saves the card, then its tags, then its history; a failure in between
  /// leaves what is saved.
  func createGiftCard(
    _ root: QueryPlan.Field, fault: SandboxFault?
  ) throws(FieldProblem) -> JSONValue {
    let input = GiftCardInput(root.arguments["input"] ?? .null)
    let today = now().storeDay
    let refusals = input.refusals(
      codeIsTaken: isTaken(input.code ?? ""),
      reportsTakenAsUnique: fault == .duplicateReportedAsUnique, today: today,
      knowsAssignee: input.assignedTo.map { customers[$0] != nil } ?? true)
    guard refusals.isEmpty else { return payload(nil, refusals) }
    var card = SandboxGiftCard(
      id: .globalID("GiftCard", String(cards.count + 1)), code: input.code ?? newCode(),
      created: now(), initialBalance: input.amount, currentBalance: input.amount,
      currency: input.currency, isActive: input.isActive, expiryDate: input.expiryDate,
      metadata: input.metadata, privateMetadata: input.privateMetadata,
      assignedTo: input.assignedTo.flatMap { customers[$0] })
    save(&card)
    if fault == .internalErrorAfterSave { throw .internalError("IntegrityError", root) }
    if input.tags.contains(where: { $0.unicodeScalars.count > GiftCardInput.maximumTagLength }) {
      throw .internalError("DataError", root)
    }
    add(tags: input.tags, to: &card)
    card.events.append(event("ISSUED", balance: card.currentBalance))
    if card.assignedTo != nil { card.events.append(event("ASSIGNED_TO_USER")) }
    if let note = input.note, !note.isEmpty { card.events.append(event("NOTE_ADDED", note)) }
    save(&card)
    return payload(card, [])
  }

  /// `giftCardUpdate`: tags, metadata, the end, and an absolute balance.
  func updateGiftCard(_ root: QueryPlan.Field) throws(FieldProblem) -> JSONValue {
    let id = root.arguments["id"]?.asString ?? ""
    guard var card = cards.first(where: { $0.id == id }) else {
      return payload(nil, [.init("id", "NOT_FOUND", "Couldn't resolve to a node: \(id)")])
    }
    let input = root.arguments["input"] ?? .null
    let added = input["addTags"].asArray?.compactMap(\.asString) ?? []
    let removed = input["removeTags"].asArray?.compactMap { $0.asString?.lowercased() } ?? []
    if let balance = input["balanceAmount"].asDecimal {
      let refusals = GiftCardInput.refusals(ofBalance: balance, in: card.currency)
      guard refusals.isEmpty else { return payload(nil, refusals) }
      card.initialBalance = balance
      card.currentBalance = balance
    }
    if let expiryDate = input["expiryDate"].asString { card.expiryDate = expiryDate }
    card.metadata.merge(input["metadata"].metadataEntries) { $1 }
    card.privateMetadata.merge(input["privateMetadata"].metadataEntries) { $1 }
    save(&card)
    if added.contains(where: { $0.unicodeScalars.count > GiftCardInput.maximumTagLength }) {
      throw .internalError("DataError", root)
    }
    let before = card.tags
    add(tags: added, to: &card)
    card.tags.removeAll { removed.contains($0.name) }
    if card.tags != before { card.events.append(event("TAGS_UPDATED")) }
    save(&card)
    return payload(card, [])
  }

  /// A mutation's answer.
  func payload(
    _ card: SandboxGiftCard?, _ refusals: [GiftCardInput.Refusal]
  ) -> JSONValue {
    ["giftCard": card?.json(app: app) ?? .null, "errors": .array(refusals.map(\.json))]
  }

  func save(_ card: inout SandboxGiftCard) {
    if let index = cardIndex[card.code] {
      cards[index] = card
    } else {
      cardIndex[card.code] = cards.count
      cards.append(card)
    }
  }

  private func add(tags names: [String], to card: inout SandboxGiftCard) {
    for name in names.map({ $0.lowercased() }) where !card.tags.contains(where: { $0.name == name })
    {
      let tag =
        tags.first { $0.name == name }
        ?? SandboxGiftCard.Tag(id: .globalID("GiftCardTag", String(tags.count + 1)), name: name)
      if !tags.contains(tag) { tags.append(tag) }
      card.tags.append(tag)
    }
    let order = tags.map(\.id)
    card.tags.sort { (order.firstIndex(of: $0.id) ?? 0) < (order.firstIndex(of: $1.id) ?? 0) }
  }

  /// The next entry of a card's history.
  func event(
    _ type: String, _ message: String? = nil, use: SandboxGiftCard.Use? = nil,
    balance: Decimal? = nil, email: String? = nil
  ) -> SandboxGiftCard.Event {
    eventCount += 1
    return SandboxGiftCard.Event(
      id: .globalID("GiftCardEvent", String(eventCount)), type: type, date: now(),
      message: message, use: use, balance: balance, email: email)
  }

  /// A code as the store draws it: `3A40-98B0-A1BE`.
  func newCode() -> String {
    let digits = (0..<12).map { _ in String(UInt8.random(in: 0..<16), radix: 16, uppercase: true) }
    return [digits[0..<4], digits[4..<8], digits[8..<12]].map { $0.joined() }.joined(separator: "-")
  }
}
