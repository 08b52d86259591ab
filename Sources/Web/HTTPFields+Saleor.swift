import HTTPTypes

extension HTTPFields {
  /// The values of every `Saleor-Signature` header, which carries the signature of the raw body.
  var saleorSignatures: [String] {
    HTTPField.Name("Saleor-Signature").map { self[values: $0] } ?? []
  }

  /// The values of every `Saleor-Api-Url` header, which names the store. It is not signed.
  var saleorAPIURLs: [String] {
    HTTPField.Name("Saleor-Api-Url").map { self[values: $0] } ?? []
  }

  /// The `Saleor-Event` header, which names the event in lower snake case. It is not signed.
  var saleorEvent: String? {
    HTTPField.Name("Saleor-Event").flatMap { self[$0] }
  }

  /// The `Saleor-Api-Url` header, the store's own address as it says. It is not signed.
  var saleorAPIURL: String? {
    HTTPField.Name("Saleor-Api-Url").flatMap { self[$0] }
  }

  /// The `Saleor-Schema-Version` header, such as 3.23: of a store that reads the manifest.
  var saleorSchemaVersion: String? {
    HTTPField.Name("Saleor-Schema-Version").flatMap { self[$0] }
  }
}
