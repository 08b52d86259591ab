/// What each signal is called, what it holds, and what it is for.
extension Signal {
  /// The name in rules and in the ledger.
  package var name: String { definition.name }
  /// What kind of value it has.
  package var type: SignalType { Self.types[rawValue] }
  /// A paragraph for the shopkeeper.
  package var purpose: String { definition.purpose }

  private typealias Definition = (name: String, type: SignalType, purpose: String)

  private var definition: Definition { Self.definitions[rawValue] }

  private static let definitions: [Definition] = allCases.map(define)
  /// Beside the definitions, because a decision asks for types hundreds of times.
  private static let types = definitions.map(\.type)

  private static func define(_ signal: Signal) -> Definition {
    switch signal {
    case .orderValue:
      (
        "order_value", .money,
        "What the order brings in, in money for goods: neither shipping nor what gift "
          + "cards paid counts."
      )
    case .orderValueRatio:
      (
        "order_value_ratio", .number,
        "The order's value over the median of the last orders with a code in its channel "
          + "and currency: 3 means three times as much as usual. Unknown before there are 20 "
          + "of them."
      )
    case .channel:
      (
        "channel", .text(.channel),
        "The slug of the channel in which the order was placed."
      )
    case .shippingCountry:
      (
        "shipping_country", .text(.country),
        "The country of the shipping address."
      )
    case .billingCountry:
      (
        "billing_country", .text(.country),
        "The country of the billing address."
      )
    case .countryMismatch:
      (
        "country_mismatch", .flag,
        "The shipping and the billing address are in different countries."
      )
    case .firstOrder:
      (
        "first_order", .flag,
        "Nothing is known that the buyer bought before. Unknown while the store's past "
          + "orders are being read, and where nobody asks for it."
      )
    case .paidWithRewardCard:
      (
        "paid_with_reward_card", .flag,
        "A gift card that the programme gave away paid for part of the order."
      )
    case .buyerUser:
      (
        "buyer_user", .text(.user),
        "The buyer's customer id at the store. Unknown for guests."
      )
    case .buyerAddress:
      (
        "buyer_address", .text(.address),
        "The mailbox that the buyer's e-mail address reaches."
      )
    case .buyerDomain:
      (
        "buyer_domain", .text(.domain),
        "The domain of the buyer's e-mail address."
      )
    case .buyerIP:
      (
        "buyer_ip", .text(.network),
        "The IP address from which the order was placed, where the storefront puts it "
          + "into the order's metadata or the store tells it. Many people share one: it never "
          + "rejects by itself."
      )
    case .buyerGuest:
      (
        "buyer_guest", .flag,
        "The order was placed without an account."
      )
    case .accountAge:
      (
        "account_age", .duration,
        "How old the buyer's account was when the order was placed. Unknown for guests."
      )
    case .code:
      (
        "code", .text(.code),
        "The referral code that counts for the order."
      )
    case .codeAge:
      (
        "code_age", .duration,
        "How old the code was when the order was placed. A code that is used minutes "
          + "after it was made was often made for this one order."
      )
    case .referrerUser:
      (
        "referrer_user", .text(.user),
        "The referrer's customer id at the store."
      )
    case .referrerAddress:
      (
        "referrer_address", .text(.address),
        "The mailbox that the referrer's e-mail address reaches."
      )
    case .referrerDomain:
      (
        "referrer_domain", .text(.domain),
        "The domain of the referrer's e-mail address."
      )
    case .referrerAccountAge:
      (
        "referrer_account_age", .duration,
        "How old the referrer's account was when the order was placed."
      )
    case .referrerReferrals:
      (
        "referrer_referrals", .number,
        "For how many orders a reward of the referrer was due so far; the last 1,000 are "
          + "counted."
      )
    case .referrerFallenShare:
      (
        "referrer_fallen_share", .number,
        "Which share of them, 0 to 1, was refunded, cancelled or taken back. Unknown "
          + "before the first."
      )
    case .addressSimilarity:
      (
        "address_similarity", .number,
        "How alike the names before the @ of buyer and referrer are, 0 to 1: anna.smith1 "
          + "and anna.smith2 are very alike."
      )
    case .nameSimilarity:
      (
        "name_similarity", .number,
        "How alike the names of buyer and referrer are, 0 to 1, in whichever order they "
          + "stand."
      )
    case .samePostalAddress:
      (
        "same_postal_address", .flag,
        "The order goes to, or is billed to, a postal address of the referrer's. Families "
          + "and shared houses have one too."
      )
    case .samePhone:
      (
        "same_phone", .flag,
        "A telephone number of the order is one of the referrer's."
      )
    case .sameCard:
      (
        "same_card", .flag,
        "The order was paid with a card of the same digits as one of the referrer's. "
          + "Known only where the store's payment plugin tells the digits."
      )
    case .sameIP:
      (
        "same_ip", .flag,
        "The order came from an IP address from which the referrer ordered. Unknown where "
          + "the storefront tells none."
      )
    case .sameNetwork:
      (
        "same_network", .flag,
        "The order came from a network (the first 24 bits of an IPv4 address, 48 of an "
          + "IPv6 one) from which the referrer ordered."
      )
    case .sameDevice:
      (
        "same_device", .flag,
        "The order came from a device from which the referrer ordered, where the "
          + "storefront puts an id of the device into the order's metadata."
      )
    case .referralsByReferrer:
      (
        "referrals_by_referrer", .times,
        "How many other orders named a code of the same referrer within the window. A customer "
          + "has one code, so this is also the number by code."
      )
    case .referralsByIP:
      (
        "referrals_by_ip", .times,
        "How many other orders with a code came from the same IP address within the window."
      )
    case .referralsByNetwork:
      (
        "referrals_by_network", .times,
        "How many other orders with a code came from the same network within the window."
      )
    case .referralsByDevice:
      (
        "referrals_by_device", .times,
        "How many other orders with a code came from the same device within the window."
      )
    case .referralsByPostalAddress:
      (
        "referrals_by_postal_address", .times,
        "How many other orders with a code went to, or were billed to, the same postal address "
          + "within the window."
      )
    case .referralsByPhone:
      (
        "referrals_by_phone", .times,
        "How many other orders with a code had the same telephone number within the window."
      )
    case .referralsByCard:
      (
        "referrals_by_card", .times,
        "How many other orders with a code were paid with the same card within the window."
      )
    case .cycleLength:
      (
        "cycle_length", .number,
        "How many steps lead from the buyer, by those whom he referred, back to himself, "
          + "this order included: 2 when A refers B and B refers A, up to 6; 0 when none is "
          + "found."
      )
    case .clusterSize:
      (
        "cluster_size", .number,
        "How many buyers hang together with this one by shared postal addresses, "
          + "telephone numbers, cards or devices, himself included; at most 100 are counted."
      )
    }
  }
}
