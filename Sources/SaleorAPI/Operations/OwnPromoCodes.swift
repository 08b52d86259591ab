import FoundationEssentials

/// A gift card as a listing shows it, with what tells of its reward.
struct OwnGiftCardFields: Decodable {
  static let document = """
    fragment OwnGiftCard on GiftCard {
      id
      code
      isActive
      expiryDate
      initialBalance { amount currency }
      currentBalance { amount currency }
      metadata { key value }
      privateMetadata { key value }
      events { type message }
    }
    """

  let id: String
  let code: String
  let isActive: Bool
  let expiryDate: String?
  let initialBalance: MoneyFields
  let currentBalance: MoneyFields
  let metadata: [MetadataItem]
  let privateMetadata: [MetadataItem]
  let events: [GiftCardNote]
}

/// A voucher as a listing shows it. Laurel's own have one code; a second one is only counted.
struct OwnVoucherFields: Decodable {
  struct Codes: Decodable {
    struct Edge: Decodable { let node: Code }
    struct Code: Decodable {
      let code: String?
      let used: Int?
      let isActive: Bool?
    }
    let edges: [Edge]
  }
  struct Listing: Decodable {
    let discountValue: Decimal
    let currency: String
  }

  static let document = """
    fragment OwnVoucher on Voucher {
      id
      name
      endDate
      discountValueType
      codes(first: 2) { edges { node { code used isActive } } }
      channelListings { discountValue currency }
      privateMetadata { key value }
    }
    """

  let id: String
  let name: String?
  let endDate: String?
  let discountValueType: VoucherCreate.DiscountValueType
  let codes: Codes?
  let channelListings: [Listing]?
  let privateMetadata: [MetadataItem]
}

/// The gift cards that carry a key in public metadata, one page of at most 100 (FACTS §5, §6);
/// without a key, all of them.
struct OwnGiftCards: GraphQLOperation {
  struct Filter: Encodable {
    struct Entry: Encodable { let key: String }
    let metadata: [Entry]
  }

  let filter: Filter?
  /// Where the page before it ended.
  let after: String?
  /// How many the page has at most.
  let limit: Int

  static let name = "OwnGiftCards"
  static let document = """
    query OwnGiftCards($filter: GiftCardFilterInput, $after: String, $limit: Int!) {
      giftCards(first: $limit, after: $after, filter: $filter) {
        edges { node { ...OwnGiftCard } }
        pageInfo { hasNextPage endCursor }
      }
    }
    \(OwnGiftCardFields.document)
    """

  struct Answer: Decodable {
    struct Connection: Decodable {
      struct Edge: Decodable { let node: OwnGiftCardFields }
      let edges: [Edge]
      let pageInfo: PageInfo
    }
    let giftCards: Connection?
  }
}

/// The vouchers whose name or code contains a text, one page of at most 100 (FACTS §5, §6).
struct OwnVouchers: GraphQLOperation {
  let search: String
  /// Where the page before it ended.
  let after: String?
  /// How many the page has at most.
  let limit: Int

  static let name = "OwnVouchers"
  static let document = """
    query OwnVouchers($search: String!, $after: String, $limit: Int!) {
      vouchers(first: $limit, after: $after, filter: { search: $search }) {
        edges { node { ...OwnVoucher } }
        pageInfo { hasNextPage endCursor }
      }
    }
    \(OwnVoucherFields.document)
    """

  struct Answer: Decodable {
    struct Connection: Decodable {
      struct Edge: Decodable { let node: OwnVoucherFields }
      let edges: [Edge]
      let pageInfo: PageInfo
    }
    let vouchers: Connection?
  }
}

/// One gift card as a listing shows it.
struct OwnGiftCard: GraphQLOperation {
  let id: String

  static let name = "OwnGiftCard"
  static let document = """
    query OwnGiftCard($id: ID!) {
      giftCard(id: $id) { ...OwnGiftCard }
    }
    \(OwnGiftCardFields.document)
    """

  struct Answer: Decodable {
    let giftCard: OwnGiftCardFields?
  }
}

/// One voucher as a listing shows it.
struct OwnVoucher: GraphQLOperation {
  let id: String

  static let name = "OwnVoucher"
  static let document = """
    query OwnVoucher($id: ID!) {
      voucher(id: $id) { ...OwnVoucher }
    }
    \(OwnVoucherFields.document)
    """

  struct Answer: Decodable {
    let voucher: OwnVoucherFields?
  }
}

/// One order as the poll reads it.
struct FoundOrder: GraphQLOperation {
  let id: String

  static let name = "FoundOrder"
  static let document = """
    query FoundOrder($id: ID!) {
      order(id: $id) { ...PolledOrder }
    }
    \(PolledOrderFields.document)
    """

  struct Answer: Decodable {
    let order: PolledOrderFields?
  }
}
