import Domain
import FoundationEssentials

/// Reads what has happened to a gift card: only its history tells whether a letter went out.
struct GiftCardEvents: GraphQLOperation {
  let id: String

  static let name = "GiftCardEvents"
  static let document = """
    query GiftCardEvents($id: ID!) {
      giftCard(id: $id) {
        id
        events { type email }
      }
    }
    """

  struct Answer: Decodable {
    struct Card: Decodable {
      struct Event: Decodable {
        let type: String?
        let email: String?
      }
      let id: String
      let events: [Event]
    }
    let giftCard: Card?
  }
}

/// Asks the store to send the letter with a gift card's code.
struct GiftCardResend: GraphQLOperation {
  struct Input: Encodable {
    let id: String
    let email: String
    /// The slug of the channel whose e-mail settings are used.
    let channel: String
  }

  let input: Input

  var secrets: [String] { [input.email] }

  /// Every request that the store gets is a letter.
  static let isRepeatable = false
  static let name = "GiftCardResend"
  static let document = """
    mutation GiftCardResend($input: GiftCardResendInput!) {
      giftCardResend(input: $input) {
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
    let giftCardResend: Payload
  }
}

/// Reads how to address a customer.
struct CustomerQuery: GraphQLOperation {
  let id: String

  static let name = "Customer"
  static let document = """
    query Customer($id: ID!) {
      user(id: $id) {
        firstName
        languageCode
      }
    }
    """

  struct Answer: Decodable {
    struct User: Decodable {
      let firstName: String
      let languageCode: String
    }
    let user: User?
  }
}
