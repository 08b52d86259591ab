/// An address of the stand-in store.
package struct SandboxAddress: Sendable, Equatable {
  /// First name of whoever lives there.
  package var firstName = "Ann"
  /// Last name.
  package var lastName = "Buyer"
  /// Street and house.
  package var street = "1470 Pinewood Avenue"
  /// The second line, such as a flat.
  package var secondLine = ""
  /// The city; the store writes it in capitals, as recorded.
  package var city = "MARQUETTE"
  /// The postal code.
  package var postalCode = "49855"
  /// The country's code.
  package var country = "US"
  /// The telephone number; `nil` when there is none.
  package var phone: String? = "+19069999999"

  /// The recorded address.
  package init() {}

  /// The address as the GraphQL API shows it.
  var json: JSONValue {
    [
      "firstName": .string(firstName), "lastName": .string(lastName),
      "streetAddress1": .string(street), "streetAddress2": .string(secondLine),
      "city": .string(city.uppercased()), "postalCode": .string(postalCode),
      "phone": .optional(phone), "country": ["code": .string(country)],
    ]
  }
}

/// What a legacy payment plugin tells of a payment.
package struct SandboxPayment: Sendable, Equatable {
  /// The last four digits of the card; `nil` when it was no card.
  package var cardDigits: String?
  /// From where it was paid.
  package var ipAddress: String?

  /// A payment.
  package init(cardDigits: String? = nil, ipAddress: String? = nil) {
    self.cardDigits = cardDigits
    self.ipAddress = ipAddress
  }

  /// The payment as the GraphQL API shows it.
  var json: JSONValue {
    [
      "id": "UGF5bWVudDox", "gateway": "mirumee.payments.dummy",
      "chargeStatus": "FULLY_CHARGED",
      "creditCard": cardDigits.map { digits in
        [
          "brand": "visa", "firstDigits": "4242", "lastDigits": .string(digits), "expMonth": 12,
          "expYear": 2030,
        ]
      } ?? .null,
      "customerIpAddress": .optional(ipAddress),
    ]
  }
}

extension SandboxOrder {
  /// Sends the order to `shipping`, and the bill to `billing`.
  package mutating func send(to shipping: SandboxAddress?, billing: SandboxAddress?) {
    fields["shippingAddress"] = shipping?.json ?? .null
    fields["billingAddress"] = billing?.json ?? .null
  }

  /// Pays with these. Only the store's legacy plugins leave them; with its transactions there are
  /// none (FACTS §4).
  package mutating func set(payments: [SandboxPayment]) {
    fields["payments"] = .array(payments.map(\.json))
  }

  /// Has the buyer's account made at `time`, such as `2026-11-21T08:01:03.544887+00:00`, under this
  /// name.
  package mutating func setAccount(firstName: String, lastName: String, joined time: String) {
    fields["user"]["firstName"] = .string(firstName)
    fields["user"]["lastName"] = .string(lastName)
    fields["user"]["dateJoined"] = .string(time)
  }

  /// The order as the store answers it: the recorded queries do not ask for the second line of an
  /// address; it is there all the same.
  var answered: JSONValue {
    var answered = fields
    for name in ["shippingAddress", "billingAddress"]
    where answered[name] != .null && answered[name]["streetAddress2"] == .null {
      answered[name]["streetAddress2"] = ""
    }
    return answered
  }
}

extension SandboxCustomer {
  /// Has these in his address book from now on.
  package mutating func set(addresses: [SandboxAddress]) {
    fields["addresses"] = .array(addresses.map(\.json))
  }

  /// Is called like this from now on.
  package mutating func set(firstName: String, lastName: String) {
    fields["firstName"] = .string(firstName)
    fields["lastName"] = .string(lastName)
  }
}
