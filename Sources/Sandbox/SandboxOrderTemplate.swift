import FoundationEssentials

extension SandboxOrder {
  /// An unpaid order with every field of the recorded shape, in the recorded order.
  static func template(
    number: Int, total: Decimal, currency: String, channel: String, email: String,
    userID: String?, metadata: [String: String], created: Date
  ) -> JSONValue {
    let orderID = String.globalID("Order", UUID().uuidString.lowercased())
    let createdText = JSONValue.string(created.storeText)
    let address: JSONValue = [
      "firstName": "Ann", "lastName": "Buyer", "streetAddress1": "1470 Pinewood Avenue",
      "city": "MARQUETTE", "postalCode": "49855", "phone": "+19069999999",
      "country": ["code": "US"],
    ]
    return [
      "id": .string(orderID), "number": .string(String(number)), "created": createdText,
      "updatedAt": createdText, "status": "UNCONFIRMED", "statusDisplay": "Unconfirmed",
      "origin": "CHECKOUT", "isPaid": false, "paymentStatus": "NOT_CHARGED",
      "chargeStatus": "NONE", "authorizeStatus": "NONE",
      "channel": [
        "id": "Q2hhbm5lbDox", "slug": .string(channel), "currencyCode": .string(currency),
      ],
      "languageCodeEnum": "EN",
      "total": .taxedMoney(total, currency), "undiscountedTotal": .taxedMoney(total, currency),
      "subtotal": .taxedMoney(total, currency), "shippingPrice": .taxedMoney(0, currency),
      "totalCharged": .money(0, currency), "totalAuthorized": .money(0, currency),
      "totalCanceled": .money(0, currency), "totalRefunded": .money(0, currency),
      "totalGrantedRefund": .money(0, currency), "totalBalance": .money(-total, currency),
      "voucherCode": .null, "voucher": .null, "discounts": [], "giftCards": [],
      "userEmail": .string(email),
      "user": userID.map { user(id: $0, email: email, created: createdText) } ?? .null,
      "billingAddress": address, "shippingAddress": address,
      "deliveryMethod": [
        "__typename": "ShippingMethod", "id": "U2hpcHBpbmdNZXRob2Q6MQ==", "name": "Default",
      ],
      "customerNote": "", "trackingClientId": "", "redirectUrl": .null,
      "externalReference": .null,
      "checkoutId": .string(.globalID("Checkout", UUID().uuidString.lowercased())),
      "metadata": .metadata(metadata), "privateMetadata": [], "payments": [],
      "transactions": [], "lines": [line(total: total, currency: currency)],
    ]
  }

  private static func user(id: String, email: String, created: JSONValue) -> JSONValue {
    [
      "id": .string(id), "email": .string(email.lowercased()), "firstName": "Ann",
      "lastName": "Buyer", "isActive": true, "isConfirmed": true, "dateJoined": created,
      "lastLogin": created, "externalReference": .null, "metadata": [], "privateMetadata": [],
      "orders": ["totalCount": 1, "edges": []],
    ]
  }

  private static func line(total: Decimal, currency: String) -> JSONValue {
    let price: JSONValue = ["gross": .money(total, currency)]
    return [
      "id": .string(.globalID("OrderLine", UUID().uuidString.lowercased())),
      "productName": "Monospace Tee", "variantName": "S", "productSku": "328223580",
      "quantity": 1, "isGift": false, "unitPrice": price, "totalPrice": price,
      "variant": [
        "id": "UHJvZHVjdFZhcmlhbnQ6MzQ4",
        "product": [
          "id": "UHJvZHVjdDoxMzQ=", "slug": "ascii-tee",
          "category": ["id": "Q2F0ZWdvcnk6Mzk=", "slug": "t-shirts"],
          "collections": [["id": "Q29sbGVjdGlvbjo0", "slug": "featured-products"]],
          "productType": ["id": "UHJvZHVjdFR5cGU6MjA=", "slug": "shirt", "kind": "NORMAL"],
        ],
      ],
      "metadata": [],
    ]
  }
}
