/// The part of the store's schema that the stand-in store answers: which fields a type has, what
/// they take, what they cost, and who may read them. What is not here is refused as unknown.
enum SandboxSchema {
  /// What a field yields.
  struct Field: Sendable, Equatable {
    /// The object type of its value, or of the elements of its value; nil for a plain value.
    let type: String?
  }

  /// The fields of each object type: `name` for a plain value, `name:Type` for objects.
  static let types: [String: [String: Field]] = [
    "Query": """
    order:Order orders:OrderCountableConnection giftCard:GiftCard \
    giftCards:GiftCardCountableConnection shop:Shop app:App \
    channels:Channel voucher:Voucher vouchers:VoucherCountableConnection user:User \
    customers:UserCountableConnection webhook:Webhook giftCardSettings:GiftCardSettings
    """,
    "Mutation": """
    giftCardCreate:GiftCardCreate giftCardUpdate:GiftCardUpdate \
    giftCardResend:GiftCardResend giftCardDeactivate:GiftCardDeactivate \
    voucherCreate:VoucherCreate voucherUpdate:VoucherUpdate \
    voucherChannelListingUpdate:VoucherChannelListingUpdate updateMetadata:UpdateMetadata \
    updatePrivateMetadata:UpdatePrivateMetadata checkoutCreate:CheckoutCreate
    """,
    "GiftCardResend": "giftCard:GiftCard errors:GiftCardError",
    "GiftCardCreate": "giftCard:GiftCard errors:GiftCardError",
    "GiftCardDeactivate": "giftCard:GiftCard errors:GiftCardError",
    "VoucherUpdate": "voucher:Voucher errors:DiscountError",
    "GiftCardUpdate": "giftCard:GiftCard errors:GiftCardError",
    "GiftCardError": "field message code tags",
    "GiftCardCountableConnection": "totalCount edges:GiftCardCountableEdge pageInfo:PageInfo",
    "GiftCardCountableEdge": "node:GiftCard cursor",
    "PageInfo": "hasNextPage hasPreviousPage startCursor endCursor",
    "GiftCard": """
    id code displayCode last4CodeChars isActive created expiryDate createdByEmail \
    assignedToEmail boughtInChannel app:App createdBy:User initialBalance:Money \
    lastUsedOn usedByEmail currentBalance:Money tags:GiftCardTag events:GiftCardEvent metadata:MetadataItem \
    privateMetadata:MetadataItem
    """,
    "GiftCardTag": "id name",
    "GiftCardSettings": "expiryType expiryPeriod:TimePeriod",
    "TimePeriod": "amount type",
    "GiftCardEvent": """
    id type date message email app:App user:User orderId orderNumber \
    balance:GiftCardEventBalance
    """,
    "GiftCardEventBalance": "currentBalance:Money oldCurrentBalance:Money",
    "App": """
    id identifier name isActive permissions:Permission webhooks:Webhook \
    privateMetadata:MetadataItem
    """,
    "Webhook": """
    id name isActive targetUrl asyncEvents:WebhookEventAsync subscriptionQuery secretKey \
    eventDeliveries:EventDeliveryCountableConnection
    """,
    "WebhookEventAsync": "name eventType",
    "EventDeliveryCountableConnection":
      "totalCount edges:EventDeliveryCountableEdge pageInfo:PageInfo",
    "EventDeliveryCountableEdge": "node:EventDelivery cursor",
    "EventDelivery": """
    id createdAt status eventType payload attempts:EventDeliveryAttemptCountableConnection
    """,
    "EventDeliveryAttemptCountableConnection": "edges:EventDeliveryAttemptCountableEdge",
    "EventDeliveryAttemptCountableEdge": "node:EventDeliveryAttempt",
    "EventDeliveryAttempt": "createdAt status responseStatusCode",
    "Permission": "code",
    "Shop": "name version schemaVersion domain:Domain",
    "Domain": "host url sslEnabled",
    "Channel": "id slug name currencyCode isActive",
    "Money": "amount currency",
    "TaxedMoney": "currency gross:Money net:Money tax:Money",
    "MetadataItem": "key value",
    "Order": """
    id number created updatedAt status statusDisplay origin isPaid paymentStatus chargeStatus \
    authorizeStatus channel:Channel languageCodeEnum total:TaxedMoney \
    undiscountedTotal:TaxedMoney subtotal:TaxedMoney shippingPrice:TaxedMoney \
    totalCharged:Money totalAuthorized:Money totalCanceled:Money totalRefunded:Money \
    totalGrantedRefund:Money totalBalance:Money voucherCode voucher:Voucher \
    discounts:OrderDiscount giftCards:GiftCard userEmail user:User billingAddress:Address \
    shippingAddress:Address deliveryMethod:DeliveryMethod customerNote trackingClientId \
    redirectUrl externalReference checkoutId metadata:MetadataItem \
    privateMetadata:MetadataItem payments:Payment transactions:TransactionItem lines:OrderLine
    """,
    "Voucher": """
    id name code type discountValueType startDate endDate usageLimit used singleUse \
    applyOncePerOrder applyOncePerCustomer onlyForStaff minCheckoutItemsQuantity \
    codes:VoucherCodeCountableConnection channelListings:VoucherChannelListing \
    metadata:MetadataItem privateMetadata:MetadataItem
    """,
    "VoucherCreate": "voucher:Voucher errors:DiscountError",
    "VoucherChannelListingUpdate": "voucher:Voucher errors:DiscountError",
    "DiscountError": "field message code voucherCodes channels",
    "VoucherCountableConnection": "totalCount edges:VoucherCountableEdge pageInfo:PageInfo",
    "VoucherCountableEdge": "node:Voucher cursor",
    "VoucherCodeCountableConnection": "edges:VoucherCodeCountableEdge",
    "VoucherCodeCountableEdge": "node:VoucherCode",
    "VoucherCode": "id code used isActive createdAt",
    "VoucherChannelListing": "id channel:Channel discountValue currency minSpent:Money",
    "OrderDiscount": "id type name reason value valueType total:Money",
    "User": """
    id email firstName lastName isActive isConfirmed isStaff dateJoined lastLogin \
    externalReference languageCode metadata:MetadataItem privateMetadata:MetadataItem \
    addresses:Address orders:OrderCountableConnection
    """,
    "UserCountableConnection": "totalCount edges:UserCountableEdge pageInfo:PageInfo",
    "UserCountableEdge": "node:User cursor",
    "UpdateMetadata": "item:ObjectWithMetadata errors:MetadataError",
    "UpdatePrivateMetadata": "item:ObjectWithMetadata errors:MetadataError",
    "ObjectWithMetadata": "metadata:MetadataItem privateMetadata:MetadataItem",
    "MetadataError": "field message code",
    "CheckoutCreate": "checkout:Checkout errors:CheckoutError",
    "CheckoutError": "field message code",
    "Checkout": "id token email metadata:MetadataItem",
    "OrderCountableConnection": "totalCount edges:OrderCountableEdge pageInfo:PageInfo",
    "OrderCountableEdge": "node:Order cursor",
    "Address": """
    firstName lastName streetAddress1 streetAddress2 city postalCode phone country:CountryDisplay
    """,
    "CountryDisplay": "code country",
    "DeliveryMethod": "",
    "ShippingMethod": "id name",
    "Warehouse": "id name",
    "Payment": "id gateway chargeStatus creditCard:CreditCard customerIpAddress",
    "CreditCard": "brand firstDigits lastDigits expMonth expYear",
    "TransactionItem": "id pspReference name chargedAmount:Money refundedAmount:Money",
    "OrderLine": """
    id productName variantName productSku quantity isGift unitPrice:TaxedMoney \
    totalPrice:TaxedMoney variant:ProductVariant metadata:MetadataItem
    """,
    "ProductVariant": "id product:Product",
    "Product": "id slug category:Category collections:Collection productType:ProductType",
    "Category": "id slug ancestors:CategoryCountableConnection",
    "CategoryCountableConnection": "totalCount edges:CategoryCountableEdge pageInfo:PageInfo",
    "CategoryCountableEdge": "node:Category cursor",
    "Collection": "id slug",
    "ProductType": "id slug kind",
  ].mapValues { fields in
    let pairs = fields.split(separator: " ").map { field in
      let parts = field.split(separator: ":").map(String.init)
      return (parts[0], Field(type: parts.count > 1 ? parts[1] : nil))
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }

  /// The members of each union.
  static let unions: [String: Set<String>] = ["DeliveryMethod": ["ShippingMethod", "Warehouse"]]

  /// What fields take, by `Type.field`.
  static let arguments: [String: [(name: String, type: InputType)]] = [
    "Query.order": "id:ID",
    "Query.orders": """
    first:Int last:Int after:String filter:OrderFilterInput where:OrderWhereInput \
    sortBy:OrderSortingInput
    """,
    "Query.app": "id:ID",
    "Query.webhook": "id:ID!",
    "Webhook.eventDeliveries": """
    first:Int last:Int after:String filter:EventDeliveryFilterInput \
    sortBy:EventDeliverySortingInput
    """,
    "Query.customers": "first:Int last:Int after:String",
    "Mutation.updateMetadata": "id:ID! input:[MetadataInput!]!",
    "Mutation.updatePrivateMetadata": "id:ID! input:[MetadataInput!]!",
    "Mutation.checkoutCreate": "input:CheckoutCreateInput!",
    "Query.giftCard": "id:ID!",
    "Query.voucher": "id:ID! channel:String",
    "Query.giftCards": "first:Int last:Int after:String filter:GiftCardFilterInput search:String",
    "Mutation.giftCardCreate": "input:GiftCardCreateInput!",
    "Mutation.giftCardUpdate": "id:ID! input:GiftCardUpdateInput!",
    "Mutation.giftCardDeactivate": "id:ID!",
    "Mutation.voucherUpdate": "id:ID! input:VoucherInput!",
    "Query.user": "id:ID",
    "Mutation.giftCardResend": "input:GiftCardResendInput!",
    "Query.vouchers": "first:Int last:Int after:String filter:VoucherFilterInput",
    "Mutation.voucherCreate": "input:VoucherInput!",
    "Mutation.voucherChannelListingUpdate": "id:ID! input:VoucherChannelListingInput!",
    "Voucher.codes": "first:Int last:Int",
    "EventDelivery.attempts": "first:Int",
    "User.orders": "first:Int last:Int",
    "Category.ancestors": "first:Int last:Int",
  ].mapValues(inputFields)

  /// The fields of each input object.
  static let inputs: [String: [(name: String, type: InputType)]] = [
    "PriceInput": "currency:String! amount:PositiveDecimal!",
    "MetadataInput": "key:String! value:String!",
    "CheckoutCreateInput": """
    channel:String lines:[CheckoutLineInput!]! email:String metadata:[MetadataInput!]
    """,
    "CheckoutLineInput": "quantity:Int! variantId:ID!",
    "MetadataFilter": "key:String! value:String",
    "GiftCardFilterInput": "metadata:[MetadataFilter!] tags:[String!] code:String",
    "GiftCardCreateInput": """
    addTags:[String!] expiryDate:Date metadata:[MetadataInput!] \
    privateMetadata:[MetadataInput!] balance:PriceInput! userEmail:String channel:String \
    isActive:Boolean! code:String note:String assignedTo:ID
    """,
    "GiftCardUpdateInput": """
    addTags:[String!] removeTags:[String!] expiryDate:Date metadata:[MetadataInput!] \
    privateMetadata:[MetadataInput!] balanceAmount:PositiveDecimal
    """,
    "OrderWhereInput": "userEmail:StringFilterInput",
    "OrderFilterInput": "updatedAt:DateTimeRangeInput",
    "DateTimeRangeInput": "gte:DateTime lte:DateTime",
    "OrderSortingInput": "direction:OrderDirection! field:OrderSortField!",
    "EventDeliveryFilterInput": "status:EventDeliveryStatusEnum",
    "EventDeliverySortingInput": "direction:OrderDirection! field:EventDeliverySortField!",
    "StringFilterInput": "eq:String oneOf:[String!]",
    "GiftCardResendInput": "id:ID! email:String channel:String!",
    "VoucherFilterInput": "search:String metadata:[MetadataFilter!]",
    "VoucherInput": """
    type:VoucherTypeEnum name:String code:String addCodes:[String!] startDate:DateTime \
    endDate:DateTime discountValueType:DiscountValueTypeEnum applyOncePerCustomer:Boolean \
    singleUse:Boolean usageLimit:Int
    """,
    "VoucherChannelListingInput": """
    addChannels:[VoucherChannelListingAddInput!] removeChannels:[ID!]
    """,
    "VoucherChannelListingAddInput": """
    channelId:ID! discountValue:PositiveDecimal minAmountSpent:PositiveDecimal
    """,
  ].mapValues(inputFields)

  /// The values of each enumeration that inputs use.
  static let enumerations: [String: Set<String>] = [
    "OrderDirection": ["ASC", "DESC"],
    "OrderSortField": ["CREATED_AT", "LAST_MODIFIED_AT"],
    "EventDeliveryStatusEnum": ["PENDING", "SUCCESS", "FAILED"],
    "EventDeliverySortField": ["CREATED_AT"],
    "VoucherTypeEnum": ["ENTIRE_ORDER", "SHIPPING", "SPECIFIC_PRODUCT"],
    "DiscountValueTypeEnum": ["FIXED", "PERCENTAGE"],
  ]

  private static func inputFields(_ text: String) -> [(name: String, type: InputType)] {
    text.split(separator: " ").map { field in
      let parts = field.split(separator: ":").map(String.init)
      return (parts[0], InputType(parts[1]))
    }
  }

  /// Fields that cost 1, by `Type.field`; below a connection they cost 1 for each record asked
  /// for. The sums are recorded, not the single fields of an order.
  static let costs: Set<String> = [
    "Query.order", "Query.orders", "Query.giftCard", "Query.giftCards", "Query.app",
    "Query.channels", "Query.voucher", "Query.vouchers", "Query.user", "Query.customers",
    "Query.webhook",
    "Voucher.channelListings", "VoucherChannelListing.channel",
    "GiftCard.app", "GiftCard.createdBy", "GiftCard.events",
    "Order.channel", "Order.voucher", "Order.discounts", "Order.giftCards", "Order.user",
    "Order.billingAddress", "Order.shippingAddress", "Order.deliveryMethod", "Order.payments",
    "Order.transactions", "Order.lines", "OrderLine.variant", "ProductVariant.product",
    "Product.category", "Product.collections", "Product.productType", "User.orders",
    "Category.ancestors",
  ]

  /// The permissions of which one is needed to read a field, by `Type.field`.
  static let permissions: [String: [String]] = [
    "Query.orders": ["MANAGE_ORDERS"],
    "Query.customers": ["MANAGE_ORDERS", "MANAGE_USERS"],
    "Payment.customerIpAddress": ["MANAGE_ORDERS"],
    "Mutation.updatePrivateMetadata": authenticated,
    "Mutation.giftCardDeactivate": ["MANAGE_GIFT_CARD"],
    "Mutation.voucherUpdate": ["MANAGE_DISCOUNTS"],
    "Query.giftCard": ["MANAGE_GIFT_CARD"],
    "Query.giftCardSettings": ["MANAGE_GIFT_CARD"],
    "Query.giftCards": ["MANAGE_GIFT_CARD"],
    "Query.user": ["MANAGE_STAFF", "MANAGE_USERS", "MANAGE_ORDERS"],
    "Mutation.giftCardCreate": ["MANAGE_GIFT_CARD"],
    "Mutation.giftCardResend": ["MANAGE_GIFT_CARD"],
    "Mutation.giftCardUpdate": ["MANAGE_GIFT_CARD"],
    "Query.voucher": ["MANAGE_DISCOUNTS"],
    "Query.vouchers": ["MANAGE_DISCOUNTS"],
    "Mutation.voucherCreate": ["MANAGE_DISCOUNTS"],
    "Mutation.voucherChannelListingUpdate": ["MANAGE_DISCOUNTS"],
    "Query.app": authenticated,
    "Query.webhook": authenticated,
    "Query.channels": authenticated,
    "Shop.version": authenticated,
  ]

  /// What every living token has.
  static let authenticated = ["AUTHENTICATED_STAFF_USER", "AUTHENTICATED_APP"]

  /// Fields whose absence makes the whole answer null, as their type is non-null up to the root.
  static let nonNull: Set<String> = ["Query.shop", "Shop.version", "Query.giftCardSettings"]
}
