package import Domain

/// How the store addresses a customer.
package struct CustomerProfile: Sendable, Equatable {
  /// The first name; empty when he has given none.
  package let firstName: String
  /// The language code that stands at the store, such as `EN` or `RU_RU`.
  package let languageCode: String
}

extension StoreClient {
  /// What became of a request to send a letter.
  package enum Resending: Sendable, Equatable {
    /// The store took the request. Whether it sends anything, the card's history tells: without
    /// its e-mail plugin it answers the same and sends nothing (FACTS §7).
    case asked
    /// The store does not send to this address.
    case addressRefused
    /// The store will never do it; why.
    case refused(String)
  }

  /// The addresses to which the store has sent the card's code; `nil` when there is no such card.
  /// - Throws: `StoreError`, `CancellationError`.
  package func recipients(ofGiftCard id: String) async throws -> Set<EmailAddress>? {
    guard let card = try await graphQL.send(GiftCardEvents(id: id)).giftCard else { return nil }
    return Set(
      card.events.filter { ["SENT_TO_CUSTOMER", "RESENT"].contains($0.type) }
        .compactMap { $0.email.flatMap(EmailAddress.init) })
  }

  /// Asks the store to send the card's code to `recipient`, with the e-mail settings of `channel`.
  /// - Throws: `StoreError` when the outcome is unknown or the call cannot be made now,
  ///   `CancellationError`.
  package func resendGiftCard(
    id: String, to recipient: EmailAddress, channel: StoreChannel
  ) async throws -> Resending {
    let payload = try await graphQL.send(
      GiftCardResend(
        input: .init(id: id, email: recipient.normalized, channel: channel.slug))
    ).giftCardResend
    guard let error = payload.errors.first else { return .asked }
    // Without the message, which may repeat the address.
    return error.field == "email"
      ? .addressRefused : .refused("\(error.field ?? "?") \(error.code)")
  }

  /// How to address a customer; `nil` when the store knows none of that id.
  /// - Throws: `StoreError`, `CancellationError`.
  package func customer(_ id: String) async throws -> CustomerProfile? {
    try await graphQL.send(CustomerQuery(id: id)).user.map {
      CustomerProfile(firstName: $0.firstName, languageCode: $0.languageCode)
    }
  }
}
