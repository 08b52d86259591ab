/// How a customer of the stand-in store is addressed.
package struct SandboxProfile: Sendable, Equatable {
  /// The first name.
  package var firstName: String
  /// A `LanguageCodeEnum`, such as `EN` or `RU_RU`.
  package var languageCode: String

  /// A customer of this name and language.
  package init(firstName: String, languageCode: String = "EN") {
    self.firstName = firstName
    self.languageCode = languageCode
  }
}

extension SandboxStore {
  /// Switches the store's e-mail plugin on or off.
  package func set(sendsMail: Bool) { self.sendsMail = sendsMail }

  /// Has a customer who is called like this.
  package func put(profile: SandboxProfile, user id: String) { profiles[id] = profile }

  /// Notes in a card's history that a letter with its code went to `email`, as the store's
  /// background job does some time after `giftCardResend` was answered. A letter that goes with the
  /// making of a card is a `SENT_TO_CUSTOMER`.
  package func noteLetter(_ type: String = "RESENT", card id: String, to email: String) {
    let sent = event(type, email: email)
    change(card: id) { $0.events.append(sent) }
  }

  /// `giftCardResend`: answers the same whether the plugin sends the letter or there is none.
  func resendGiftCard(_ root: QueryPlan.Field) -> JSONValue {
    let input = root.arguments["input"] ?? .null
    let id = input["id"].asString ?? ""
    guard cards.contains(where: { $0.id == id }) else {
      return payload(nil, [.init("id", "NOT_FOUND", "Couldn't resolve to a node: \(id)")])
    }
    let email = input["email"].asString
    if let email, GiftCardInput.isInvalid(email: email) {
      return payload(nil, [.init("email", "INVALID", "Provided email is invalid.")])
    }
    let isChannel = channels.contains { $0.slug == input["channel"].asString }
    if sendsMail, isChannel, let email { noteLetter(card: id, to: email) }
    return payload(cards.first { $0.id == id }, [])
  }

  /// `user`: the customer of this id, with his last orders, the newest first as recorded.
  func user(_ root: QueryPlan.Field) -> JSONValue {
    guard let id = root.arguments["id"]?.asString else { return .null }
    let profile = profiles[id]
    guard var fields = customers[id]?.fields ?? profile.map({ _ in Self.plainCustomer(id) }) else {
      return .null
    }
    if let profile {
      fields["firstName"] = .string(profile.firstName)
      fields["languageCode"] = .string(profile.languageCode)
    }
    if fields["addresses"] == .null { fields["addresses"] = [] }
    if let asked = root.selection.first(where: { $0.name == "orders" }) {
      let own = SandboxOrderSorting(.null).sorted(orders.values.filter { $0.userID == id })
      let shown = own.prefix(asked.arguments["first"]?.asInt ?? 100)
      fields["orders"] = [
        "totalCount": .number(String(own.count)),
        "edges": .array(shown.map { ["node": $0.answered] }),
      ]
    }
    return fields
  }

  /// A customer of whom only the profile is known.
  private static func plainCustomer(_ id: String) -> JSONValue {
    [
      "id": .string(id), "email": "", "firstName": "", "lastName": "",
      "dateJoined": "2026-01-01T00:00:00+00:00",
    ]
  }
}
