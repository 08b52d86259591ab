/// The App as which a client of the stand-in store is known. The defaults are those of the
/// recorded store.
package struct SandboxApp: Sendable, Equatable {
  /// The App's global id.
  package var id: String
  /// The manifest's identifier.
  package var identifier: String
  /// The name that webhooks and gift card events show.
  package var name: String
  /// The bearer token that the store accepts.
  package var token: String
  /// The permissions that the token has, in the order in which the store lists them.
  package var permissions: [String]
  /// Whether the token works; a dead one is answered like none at all.
  package var isActive: Bool
  /// The App's private metadata.
  package var privateMetadata: [String: String] = [:]

  /// An App with the recorded store's permissions, unless told otherwise.
  package init(
    id: String = "QXBwOjI=", identifier: String = "app.referral.local",
    name: String = "Referral (local app)", token: String = "sandbox-token",
    permissions: [String] = SandboxApp.recordedPermissions, isActive: Bool = true
  ) {
    self.id = id
    self.identifier = identifier
    self.name = name
    self.token = token
    self.permissions = permissions
    self.isActive = isActive
  }

  /// What the recorded App was allowed to do.
  package static let recordedPermissions = [
    "MANAGE_APPS", "MANAGE_CHANNELS", "MANAGE_CHECKOUTS", "MANAGE_DISCOUNTS", "MANAGE_GIFT_CARD",
    "MANAGE_ORDERS", "MANAGE_PRODUCTS", "MANAGE_USERS",
  ]

  /// The App as the GraphQL API shows it.
  var json: JSONValue {
    [
      "id": .string(id), "identifier": .string(identifier), "name": .string(name),
      "isActive": .bool(isActive),
      "permissions": .array(permissions.map { ["code": .string($0)] }),
      "privateMetadata": .metadata(privateMetadata),
    ]
  }
}
