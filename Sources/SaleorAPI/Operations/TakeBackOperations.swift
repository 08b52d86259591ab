import Domain
import FoundationEssentials

/// Makes a gift card worthless, at any time and as often as it takes (FACTS §7), and then marks it as
/// one that Laurel made so, for a ledger that was put back to an older state.
struct GiftCardDeactivate: GraphQLOperation {
  let id: String
  let mark = [MetadataItem(key: GiftCard.revokedKey, value: "true")]

  static let name = "GiftCardDeactivate"
  static let document = """
    mutation GiftCardDeactivate($id: ID!, $mark: [MetadataInput!]!) {
      giftCardDeactivate(id: $id) {
        giftCard { id isActive initialBalance { amount currency } currentBalance { amount currency } }
        errors { field code message }
      }
      updatePrivateMetadata(id: $id, input: $mark) {
        errors { field code message }
      }
    }
    """

  private enum CodingKeys: String, CodingKey {
    case id, mark
  }

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
    struct Marking: Decodable {
      let errors: [MutationError]
    }
    let giftCardDeactivate: Payload
    let updatePrivateMetadata: Marking?
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
