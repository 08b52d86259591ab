package import Domain
import FoundationEssentials

/// The fields of a gift card that Laurel reads.
enum GiftCardFragment {
  static let document = """
    fragment RewardGiftCard on GiftCard {
      id
      isActive
      initialBalance { amount currency }
      currentBalance { amount currency }
      metadata { key value }
      privateMetadata { key value }
      events { type message }
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
  /// What is left on it.
  package let currentBalance: Money
  /// The reward's id from the card's metadata; `nil` when nothing of ours stands there.
  package let rewardID: String?
  /// Whether Laurel made it inactive: a tombstone, or a reward that was taken back.
  package let isRevoked: Bool

  /// The metadata key that names the reward; public, because only public metadata can be searched.
  package static let rewardIDKey = "laurel.reward_id"
  /// The key in private metadata that names the order. Whoever may see the card could read public
  /// metadata, and an order's id shows some of a stranger's order.
  package static let orderIDKey = "laurel.order_id"
  /// The key in private metadata of a card that Laurel made inactive.
  package static let revokedKey = "laurel.revoked"
}

struct GiftCardFields: Decodable {
  let id: String
  let isActive: Bool
  let initialBalance: MoneyFields?
  let currentBalance: MoneyFields?
  let metadata: [MetadataItem]
  let privateMetadata: [MetadataItem]
  let events: [GiftCardNote]

  func giftCard() throws(StoreError) -> GiftCard {
    guard let initialBalance, let currentBalance else {
      throw StoreError(.unexpectedAnswer, "a gift card came without its balance")
    }
    let entries = metadata + privateMetadata + events.entries
    return GiftCard(
      id: id, isActive: isActive, initialBalance: try initialBalance.money(),
      currentBalance: try currentBalance.money(),
      rewardID: entries.value(of: GiftCard.rewardIDKey),
      isRevoked: entries.value(of: GiftCard.revokedKey) != nil)
  }
}

/// An entry of a card's history; on 3.20 the note stands in the place of metadata.
struct GiftCardNote: Decodable {
  let type: String?
  let message: String?

  /// The note with which a card is made on 3.20: each entry as `key=value`, with spaces between.
  static func text(_ entries: [MetadataItem]) -> String {
    entries.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
  }
}

extension [GiftCardNote] {
  /// What stands in Laurel's own note. Staff can add notes, but none before the first.
  var entries: [MetadataItem] {
    let note = first { $0.type == "NOTE_ADDED" }?.message ?? ""
    guard note.hasPrefix("\(GiftCard.rewardIDKey)=") else { return [] }
    return note.split(separator: " ").compactMap { part in
      let pair = part.split(separator: "=", maxSplits: 1)
      return pair.count == 2 ? MetadataItem(key: String(pair[0]), value: String(pair[1])) : nil
    }
  }
}

/// Makes a gift card with our code and the reward's id, and nothing that the store would write in a
/// second save of the card. Active it is a reward; inactive it is a tombstone, which keeps the code
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
    /// From 3.21 on.
    let privateMetadata: [MetadataItem]?
    /// In the place of both on 3.20.
    let note: String?
    /// The customer who alone can spend it; from 3.23 on.
    var assignedTo: String?
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
