package import Domain
import Ledger
package import Logging
package import Monitoring
import SaleorAPI
package import Signing

/// Takes one delivery in: verify, read, write down, and only then answer.
package struct Intake: Sendable {
  /// What the store is told.
  package enum Receipt: String, Sendable {
    /// New, and committed.
    case accepted
    /// Known since an earlier delivery of the same bytes.
    case duplicate
    /// New and genuine, but nothing follows from it.
    case ignored
  }

  private let store: StoreID
  private let secrets: WebhookSecrets
  private let writer: InboxWriter
  private let metrics: Metrics

  /// Takes in what `store` signs with one of `secrets`.
  package init(store: StoreID, secrets: WebhookSecrets, writer: InboxWriter, metrics: Metrics) {
    self.store = store
    self.secrets = secrets
    self.writer = writer
    self.metrics = metrics
  }

  /// Takes in one request. Nothing looks into the body before its signature is checked.
  ///
  /// - Parameters:
  ///   - body: the raw bytes as they came.
  ///   - signatures: the values of every `Saleor-Signature` header; exactly one is right.
  ///   - eventHeader: the `Saleor-Event` header, for bodies that do not name their event.
  ///   - contentType: the `Content-Type` header; the store always sends JSON.
  ///   - logger: carries the request's id; one line is written for each delivery.
  /// - Throws: `IntakeError`.
  package func receive(
    body: [UInt8], signatures: [String], eventHeader: String?, contentType: String?,
    logger: Logger
  ) async throws(IntakeError) -> Receipt {
    // Events are named by the network: only those that are acted on are told apart.
    var event = "none"
    do {
      let receipt = try await take(
        body: body, signatures: signatures, eventHeader: eventHeader, contentType: contentType,
        event: &event, logger: logger)
      metrics.deliveries.add(event, receipt.rawValue)
      return receipt
    } catch {
      metrics.deliveries.add(event, error.kind)
      throw error
    }
  }

  private func take(
    body: [UInt8], signatures: [String], eventHeader: String?, contentType: String?,
    event: inout String, logger: Logger
  ) async throws(IntakeError) -> Receipt {
    let eventID: [UInt8]
    let isGenuine: Bool
    do {
      isGenuine =
        try signatures.count == 1
        && signatures.contains { try secrets.accept(signature: $0, of: body) }
      eventID = try SHA256.hash(body)
    } catch {
      logger.error("delivery not checked", metadata: ["error": "\(error)"])
      throw .unavailable("the signature could not be checked")
    }
    guard isGenuine else {
      logger.warning("delivery refused", metadata: ["reason": "signature"])
      throw .unauthorized
    }
    var logger = logger
    logger[metadataKey: "delivery"] = "\(Hex.encode(Array(eventID.prefix(8))))"

    guard Self.isJSON(contentType) else {
      logger.warning("delivery refused", metadata: ["reason": "content type"])
      throw .malformed("the Content-Type must be application/json")
    }
    let delivery: Delivery
    do {
      delivery = try Delivery(body: body, eventHeader: eventHeader)
    } catch {
      logger.warning("delivery refused", metadata: ["reason": "\(error.rawValue)"])
      throw .malformed(error.rawValue)
    }
    event = Delivery.isActedOn(delivery.event) ? delivery.event : "other"
    logger[metadataKey: "event"] = "\(delivery.event)"
    if let orderID = delivery.orderID { logger[metadataKey: "order"] = "\(orderID)" }

    let isNew: Bool
    do {
      isNew = try await writer.write(
        InboxRepository.Arrival(
          store: store, eventID: eventID, event: delivery.event, orderID: delivery.orderID,
          isUsed: delivery.isUsed, body: delivery.kept(of: body)))
    } catch {
      logger.error("delivery not written", metadata: ["error": "\(error)"])
      throw .unavailable("the delivery could not be written down")
    }
    let receipt: Receipt = !isNew ? .duplicate : delivery.isUsed ? .accepted : .ignored
    if isNew && delivery.lacksSubject {
      logger.warning(
        "delivery without what it is about: the App lacks a permission for a field of the query",
        metadata: ["outcome": "\(receipt.rawValue)"])
    } else {
      logger.info("delivery", metadata: ["outcome": "\(receipt.rawValue)"])
    }
    return receipt
  }

  /// Whether the header names JSON, with or without parameters.
  private static func isJSON(_ contentType: String?) -> Bool {
    let type = contentType?.split(separator: ";", omittingEmptySubsequences: false).first
    return type.map { String($0).trimmingSpace().lowercased() } == "application/json"
  }
}
