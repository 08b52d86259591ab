/// A sales channel of the stand-in store.
package struct SandboxChannel: Sendable, Equatable {
  /// The channel's global id.
  package let id: String
  /// The name that stands in addresses.
  package var slug: String
  /// The name that people see.
  package var name: String
  /// The only currency in which it sells.
  package var currencyCode: String
  /// Whether it sells at present.
  package var isActive: Bool

  /// A channel with the key `number` in its global id.
  package init(
    number: Int, slug: String, name: String, currencyCode: String, isActive: Bool = true
  ) {
    id = .globalID("Channel", String(number))
    self.slug = slug
    self.name = name
    self.currencyCode = currencyCode
    self.isActive = isActive
  }

  /// The recorded store's channels.
  package static let recorded = [
    SandboxChannel(number: 2, slug: "channel-pln", name: "Channel-PLN", currencyCode: "PLN"),
    SandboxChannel(
      number: 1, slug: "default-channel", name: "Default channel", currencyCode: "USD"),
  ]

  /// The channel as the GraphQL API shows it.
  var json: JSONValue {
    [
      "id": .string(id), "slug": .string(slug), "name": .string(name),
      "currencyCode": .string(currencyCode), "isActive": .bool(isActive),
    ]
  }
}
