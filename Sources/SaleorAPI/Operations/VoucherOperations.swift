import Domain
import FoundationEssentials

/// The fields of a voucher that Laurel reads.
enum VoucherFragment {
  static let document = """
    fragment RewardVoucher on Voucher {
      id
      name
      endDate
      discountValueType
      codes(first: 100) { edges { node { code } } }
      channelListings {
        channel { id }
        discountValue
        currency
        minSpent { amount currency }
      }
    }
    """
}

struct VoucherFields: Decodable {
  struct Codes: Decodable {
    struct Edge: Decodable {
      struct Node: Decodable { let code: String? }
      let node: Node
    }
    let edges: [Edge]
  }
  struct Listing: Decodable {
    struct Channel: Decodable { let id: String }
    let channel: Channel
    let discountValue: Decimal
    let currency: String
    let minSpent: MoneyFields?
  }

  let id: String
  let name: String?
  let endDate: String?
  let discountValueType: VoucherCreate.DiscountValueType
  let codes: Codes?
  let channelListings: [Listing]?

  /// The voucher in Laurel's own terms.
  func voucher() throws(StoreError) -> Voucher {
    var listings: [Voucher.Listing] = []
    for listing in channelListings ?? [] {
      let value = MoneyFields(amount: listing.discountValue, currency: listing.currency)
      listings.append(
        Voucher.Listing(
          channelID: listing.channel.id, value: try value.money(),
          minimumSpend: listing.minSpent?.amount))
    }
    return Voucher(
      id: id, name: name ?? "", codes: codes?.edges.compactMap(\.node.code) ?? [],
      isClosed: Voucher.isClosed(endDate: endDate),
      takesPercent: discountValueType == .percentage, listings: listings)
  }
}

/// Makes a voucher with our code, for one use by anybody. The store saves the voucher and its code
/// as one; its worth comes with the listings.
struct VoucherCreate: GraphQLOperation {
  /// On what it counts.
  enum Kind: String, Encodable {
    case entireOrder = "ENTIRE_ORDER"
    /// On goods that it names, here by their categories.
    case specificProduct = "SPECIFIC_PRODUCT"
  }

  /// What its listings say.
  enum DiscountValueType: String, Codable {
    case fixed = "FIXED"
    case percentage = "PERCENTAGE"
  }

  struct Input: Encodable {
    var type = Kind.entireOrder
    var discountValueType = DiscountValueType.fixed
    var categories: [String]?
    let singleUse = true
    let usageLimit = 1
    let name: String
    let addCodes: [String]
    var startDate: String?
    let endDate: String?
  }

  let input: Input

  var secrets: [String] { input.addCodes }

  static let name = "VoucherCreate"
  static let document = """
    mutation VoucherCreate($input: VoucherInput!) {
      voucherCreate(input: $input) {
        voucher { ...RewardVoucher }
        errors { field code message }
      }
    }
    \(VoucherFragment.document)
    """

  struct Answer: Decodable {
    struct Payload: Decodable {
      let voucher: VoucherFields?
      let errors: [MutationError]
    }
    let voucherCreate: Payload
  }
}

/// Says what a voucher is worth in channels, after it has noted where it comes from: the create takes no
/// metadata (FACTS §6), and the name is shown to whoever uses the voucher. A listing that is there
/// already is overwritten, so that repeating it changes nothing.
struct VoucherChannelListingUpdate: GraphQLOperation {
  struct Input: Encodable {
    struct Channel: Encodable {
      let channelId: String
      /// Never left out: the store falls over a voucher of percent without it (FACTS §6).
      let discountValue: String
      let minAmountSpent: String?
    }
    let addChannels: [Channel]
  }

  let id: String
  let input: Input
  let note: [MetadataItem]

  static let name = "VoucherChannelListingUpdate"
  static let document = """
    mutation VoucherChannelListingUpdate(
      $id: ID!, $input: VoucherChannelListingInput!, $note: [MetadataInput!]!
    ) {
      updatePrivateMetadata(id: $id, input: $note) {
        errors { field code message }
      }
      voucherChannelListingUpdate(id: $id, input: $input) {
        voucher { id }
        errors { field code message }
      }
    }
    """

  struct Answer: Decodable {
    struct Payload: Decodable {
      struct Voucher: Decodable { let id: String }
      let voucher: Voucher?
      let errors: [MutationError]
    }
    let voucherChannelListingUpdate: Payload
  }
}

/// Finds vouchers whose name or one of whose codes contains a text, in whatever case: the store
/// has no look-up by exact code. The answer may come from a replica that lags behind.
struct VouchersByCode: GraphQLOperation {
  let code: String

  var secrets: [String] { [code] }

  static let name = "VouchersByCode"
  static let document = """
    query VouchersByCode($code: String!) {
      vouchers(first: 20, filter: { search: $code }) {
        edges { node { ...RewardVoucher } }
      }
    }
    \(VoucherFragment.document)
    """

  struct Answer: Decodable {
    struct Connection: Decodable {
      struct Edge: Decodable { let node: VoucherFields }
      let edges: [Edge]
    }
    let vouchers: Connection?
  }
}
