import HTTPTypes

extension HTTPFields {
  // Checked and spelled out once: every delivery asks for them.
  private static let signatureName = HTTPField.Name("Saleor-Signature")
  private static let apiURLName = HTTPField.Name("Saleor-Api-Url")
  private static let eventName = HTTPField.Name("Saleor-Event")
  private static let schemaVersionName = HTTPField.Name("Saleor-Schema-Version")

  /// The values of every `Saleor-Signature` header, which carries the signature of the raw body.
  var saleorSignatures: [String] { Self.signatureName.map { self[values: $0] } ?? [] }

  /// The values of every `Saleor-Api-Url` header, which names the store. It is not signed.
  var saleorAPIURLs: [String] { Self.apiURLName.map { self[values: $0] } ?? [] }

  /// The `Saleor-Event` header, which names the event in lower snake case. It is not signed.
  var saleorEvent: String? { Self.eventName.flatMap { self[$0] } }

  /// The `Saleor-Api-Url` header, the store's own address as it says. It is not signed.
  var saleorAPIURL: String? { Self.apiURLName.flatMap { self[$0] } }

  /// The `Saleor-Schema-Version` header, such as 3.23: of a store that reads the manifest.
  var saleorSchemaVersion: String? { Self.schemaVersionName.flatMap { self[$0] } }
}
