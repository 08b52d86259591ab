import FoundationEssentials

extension Delivery {
  /// What is kept of the body in the inbox. A query may select the code of a gift card or voucher,
  /// and that is money: of an event about one, only its name and the id are kept.
  package func kept(of body: [UInt8]) -> [UInt8] {
    guard isAboutPromoCode, let id = promoCodeIDs.first else { return body }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let isGiftCard = Self.giftCardEvents.contains(event)
    let kept = Kept(
      event: event, giftCard: isGiftCard ? .init(id: id) : nil,
      voucher: isGiftCard ? nil : .init(id: id))
    return (try? encoder.encode(kept)).map(Array.init) ?? []
  }
}

/// An event about a gift card or a voucher, as a subscription query that selects the id sends it.
private struct Kept: Encodable {
  struct Subject: Encodable { let id: String }

  enum CodingKeys: String, CodingKey {
    case event = "__typename"
    case giftCard, voucher
  }

  let event: String
  let giftCard: Subject?
  let voucher: Subject?
}
