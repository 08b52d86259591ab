package import Domain
import FoundationEssentials

/// The fields of a gift card that Laurel reads.
enum GiftCardFragment {
  static let document = """
    fragment RewardGiftCard on GiftCard {
      id
      isActive
      initialBalance { amount currency }
      metadata { key value }
    }
    """
}

/// A gift card as the store has it.
package struct GiftCard: Sendable, Equatable {
  /// The card's id at the store.
  package let id: String
  /// Whether it can be spent.
  package let isActive: Bool
  /// What was put on it.
  package let initialBalance: Money
  /// The reward's id from the card's metadata; `nil` when nothing of ours stands there.
  package let rewardID: String?

  /// The metadata key that names the reward.
  package static let rewardIDKey = "laurel.reward_id"
}

struct GiftCardFields: Decodable {
  let id: String
  let isActive: Bool
  let initialBalance: MoneyFields?
  let metadata: [MetadataItem]

  func giftCard() throws(StoreError) -> GiftCard {
    guard let initialBalance else {
      throw StoreError(.unexpectedAnswer, "a gift card came without its balance")
    }
    return GiftCard(
      id: id, isActive: isActive, initialBalance: try initialBalance.money(),
      rewardID: metadata.value(of: GiftCard.rewardIDKey))
  }
}

/// Makes a gift card: plain, with our code and the reward's id, and nothing that the store would
/// write in a second save. Active it is a reward; inactive it is a tombstone, which keeps the code
/// from ever becoming one.
struct GiftCardCreate: GraphQLOperation {
  struct Input: Encodable {
    struct Balance: Encodable {
      let amount: String
      let currency: String
    }
    let isActive: Bool
    let balance: Balance
    let code: String
    /// The last day on which it can be used.
    let expiryDate: String?
    /// From 3.21 on.
    let metadata: [MetadataItem]?
    /// In the place of metadata on 3.20.
    let note: String?
  }

  let input: Input

  var secrets: [String] { [input.code] }

  static let name = "GiftCardCreate"
  static let document = """
    mutation GiftCardCreate($input: GiftCardCreateInput!) {
      giftCardCreate(input: $input) {
        giftCard { ...RewardGiftCard }
        errors { field code message }
      }
    }
    \(GiftCardFragment.document)
    """

  struct Answer: Decodable {
    struct Payload: Decodable {
      let giftCard: GiftCardFields?
      let errors: [MutationError]
    }
    let giftCardCreate: Payload
  }
}

/// Finds a gift card by its exact code. The answer may come from a replica that lags behind:
/// nothing found proves nothing.
struct GiftCardByCode: GraphQLOperation {
  let code: String

  var secrets: [String] { [code] }

  static let name = "GiftCardByCode"
  static let document = """
    query GiftCardByCode($code: String!) {
      giftCards(first: 2, filter: { code: $code }) {
        edges { node { ...RewardGiftCard } }
      }
    }
    \(GiftCardFragment.document)
    """

  struct Answer: Decodable {
    struct Connection: Decodable {
      struct Edge: Decodable { let node: GiftCardFields }
      let edges: [Edge]
    }
    let giftCards: Connection?
  }
}

/// Puts tags on a gift card; those that it has already stay.
struct GiftCardTag: GraphQLOperation {
  let id: String
  let tags: [String]

  static let name = "GiftCardTag"
  static let document = """
    mutation GiftCardTag($id: ID!, $tags: [String!]!) {
      giftCardUpdate(id: $id, input: { addTags: $tags }) {
        giftCard { id }
        errors { field code message }
      }
    }
    """

  struct Answer: Decodable {
    struct Payload: Decodable {
      struct Card: Decodable { let id: String }
      let giftCard: Card?
      let errors: [MutationError]
    }
    let giftCardUpdate: Payload
  }
}
