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
}
