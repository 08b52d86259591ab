import Domain
import FoundationEssentials

/// Makes a gift card worthless, at any time and as often as it takes (FACTS §7).
struct GiftCardDeactivate: GraphQLOperation {
  let id: String

  static let name = "GiftCardDeactivate"
  static let document = """
    mutation GiftCardDeactivate($id: ID!) {
      giftCardDeactivate(id: $id) {
        giftCard { id isActive initialBalance { amount currency } currentBalance { amount currency } }
        errors { field code message }
      }
    }
    """

  struct Answer: Decodable {
    struct Payload: Decodable {
      struct Card: Decodable {
        let isActive: Bool
        let initialBalance: MoneyFields?
        let currentBalance: MoneyFields?
      }
      let giftCard: Card?
      let errors: [MutationError]
    }
    let giftCardDeactivate: Payload
  }
}

/// Ends a voucher in the past. Repeating it changes nothing.
struct VoucherClose: GraphQLOperation {
  struct Input: Encodable {
    let startDate = Voucher.closedFrom
    let endDate = Voucher.closedUntil
  }

  let id: String
  let input = Input()

  static let name = "VoucherClose"
  static let document = """
    mutation VoucherClose($id: ID!, $input: VoucherInput!) {
      voucherUpdate(id: $id, input: $input) {
        voucher { id endDate used }
        errors { field code message }
      }
    }
    """

  private enum CodingKeys: String, CodingKey {
    case id, input
  }

  struct Answer: Decodable {
    struct Payload: Decodable {
      struct Voucher: Decodable { let used: Int }
      let voucher: Voucher?
      let errors: [MutationError]
    }
    let voucherUpdate: Payload
  }
}
