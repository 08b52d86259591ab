import HTTPTypes

extension HTTPFields {
  /// The values of every `Saleor-Signature` header, which carries the signature of the raw body.
  var saleorSignatures: [String] {
    HTTPField.Name("Saleor-Signature").map { self[values: $0] } ?? []
  }
}
