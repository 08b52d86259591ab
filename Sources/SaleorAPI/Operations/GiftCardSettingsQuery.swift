/// Asks how long the store has its gift cards last; needs MANAGE_GIFT_CARD.
struct GiftCardSettingsQuery: GraphQLOperation {
  static let name = "GiftCardSettings"
  static let document = """
    query GiftCardSettings {
      giftCardSettings {
        expiryType
        expiryPeriod { amount type }
      }
    }
    """

  struct Answer: Decodable {
    struct Settings: Decodable {
      struct Period: Decodable {
        let amount: Int
        let type: String
      }
      let expiryType: String
      /// Stands there even when the cards of the store last for ever.
      let expiryPeriod: Period?
    }
    let giftCardSettings: Settings
  }
}
