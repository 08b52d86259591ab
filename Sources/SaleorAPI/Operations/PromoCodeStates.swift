import FoundationEssentials

/// Reads a gift card back, as far as its use goes.
struct GiftCardState: GraphQLOperation {
  let id: String

  static let name = "GiftCardState"
  static let document = """
    query GiftCardState($id: ID!) {
      giftCard(id: $id) {
        isActive
        expiryDate
        initialBalance { amount currency }
        currentBalance { amount currency }
        events { type }
      }
    }
    """

  struct Answer: Decodable {
    struct Card: Decodable {
      struct Event: Decodable { let type: String? }
      let isActive: Bool
      let expiryDate: String?
      let initialBalance: MoneyFields
      let currentBalance: MoneyFields
      let events: [Event]
    }
    let giftCard: Card?
  }
}

/// Reads a voucher back, as far as its use goes.
struct VoucherState: GraphQLOperation {
  let id: String

  static let name = "VoucherState"
  static let document = """
    query VoucherState($id: ID!) {
      voucher(id: $id) {
        endDate
        codes(first: 100) { edges { node { used isActive } } }
      }
    }
    """

  struct Answer: Decodable {
    struct Voucher: Decodable {
      struct Codes: Decodable { let edges: [Edge] }
      struct Edge: Decodable { let node: Code }
      struct Code: Decodable {
        let used: Int?
        let isActive: Bool?
      }
      let endDate: String?
      let codes: Codes?
    }
    let voucher: Voucher?
  }
}
