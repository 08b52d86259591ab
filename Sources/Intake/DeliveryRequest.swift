import Domain

/// A request that may be a store's delivery, as it came.
package struct DeliveryRequest: Sendable {
  /// The raw bytes, which are what is signed.
  package let body: [UInt8]
  /// The values of every `Saleor-Signature` header; exactly one is right.
  package let signatures: [String]
  /// The values of every `Saleor-Api-Url` header: which store it claims to come from.
  package let apiURLs: [String]
  /// The `Saleor-Event` header, for bodies that do not name their event.
  package let eventHeader: String?
  /// The `Content-Type` header; the store always sends JSON.
  package let contentType: String?

  /// Puts a request together.
  package init(
    body: [UInt8], signatures: [String], apiURLs: [String], eventHeader: String?,
    contentType: String?
  ) {
    self.body = body
    self.signatures = signatures
    self.apiURLs = apiURLs
    self.eventHeader = eventHeader
    self.contentType = contentType
  }

  /// Whether the header names JSON, with or without parameters.
  var isJSON: Bool {
    if contentType == "application/json" { return true }
    let type = contentType?.split(separator: ";", omittingEmptySubsequences: false).first
    return type.map { String($0).trimmingSpace().lowercased() } == "application/json"
  }
}
