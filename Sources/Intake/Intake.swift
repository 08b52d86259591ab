import Domain
import FoundationEssentials
import Ledger
package import Logging
package import Monitoring
import SaleorAPI
import Signing

/// Takes one delivery in: find the store, verify, read, write down, and only then answer.
package struct Intake: Sendable {
  /// What the store is told.
  package enum Receipt: String, Sendable, CaseIterable {
    /// New, and committed.
    case accepted
    /// Known since an earlier delivery of the same bytes.
    case duplicate
    /// New and genuine, but nothing follows from it.
    case ignored
  }

  /// What is to be done with a genuine event about an App before it is written down. It may come
  /// again, and an older one late: what the body says of its own time counts.
  package typealias AppEventHandler =
    @Sendable (_ store: StoreConnection, _ body: [UInt8], _ logger: Logger) async throws -> Void

  /// How old a delivery may be, by what its body says, before it is counted as late. The store gives
  /// up after about five minutes (FACTS §3); later ones come of staff, or of a clock.
  package static let lateAge: Double = 3600

  private let stores: StoreDirectory
  private let verifier: SignatureVerifier
  private let writer: InboxWriter
  private let metrics: Metrics
  private let appEvent: AppEventHandler

  /// Takes in what one of `stores` signs; the keys of those that sign with one are in `keys`.
  package init(
    stores: StoreDirectory, keys: KeyDirectory, writer: InboxWriter, metrics: Metrics,
    appEvent: @escaping AppEventHandler = { _, _, _ in }
  ) {
    self.stores = stores
    verifier = SignatureVerifier(keys: keys)
    self.writer = writer
    self.metrics = metrics
    self.appEvent = appEvent
  }

  /// Takes in one request. Nothing looks into the body before its signature is checked, and no
  /// unsigned header decides more than with whose keys that is done.
  /// - Parameter logger: carries the request's id; one line is written for each delivery.
  /// - Throws: `IntakeError`.
  package func receive(
    _ request: DeliveryRequest, logger: Logger
  ) async throws(IntakeError) -> Receipt {
    // Events are named by the network: only those that are acted on are told apart.
    var event = "none"
    do {
      let receipt = try await take(request, event: &event, logger: logger)
      metrics.deliveries.add(event, receipt.rawValue)
      return receipt
    } catch {
      metrics.deliveries.add(event, error.kind)
      throw error
    }
  }

  private func take(
    _ request: DeliveryRequest, event: inout String, logger: Logger
  ) async throws(IntakeError) -> Receipt {
    var log = DeliveryLog(logger)
    let store = try await store(of: request, logger)
    log.store = store.address
    try await verifier.verify(request, from: store, log)
    let eventID: [UInt8]
    do {
      eventID = try SHA256.hash(request.body)
    } catch {
      log.write(.error, "delivery not checked", ["error": "\(error)"])
      throw .unavailable("the delivery's key could not be made")
    }
    log.eventID = eventID

    let delivery = try read(request, log)
    event = Delivery.isActedOn(delivery.event) ? delivery.event : "other"
    log.delivery = delivery
    try await checkEnvelope(delivery, of: store, log)

    let isNew: Bool
    do {
      if delivery.isAboutApp { try await appEvent(store, request.body, log.detailed) }
      isNew = try await writer.write(
        InboxRepository.Arrival(
          store: store.id, eventID: eventID, event: delivery.event, orderID: delivery.orderID,
          isUsed: delivery.isUsed, body: delivery.kept(of: request.body)))
    } catch {
      log.write(.error, "delivery not written", ["error": "\(error)"])
      throw .unavailable("the delivery could not be written down")
    }
    let receipt: Receipt = !isNew ? .duplicate : delivery.isUsed ? .accepted : .ignored
    if isNew && delivery.lacksSubject {
      log.write(
        .warning,
        "delivery without what it is about: the App lacks a permission for a field of the query",
        ["outcome": "\(receipt.rawValue)"])
    } else {
      log.write(.info, "delivery", ["outcome": .string(receipt.rawValue)])
    }
    return receipt
  }

  /// The store that the request claims to come from. The claim only selects whose secret or keys
  /// have to fit; without the header it is the only one that there is.
  private func store(
    of request: DeliveryRequest, _ logger: Logger
  ) async throws(IntakeError) -> StoreConnection {
    guard let connections = stores.connections else {
      throw .unavailable("the ledger has not been read yet")
    }
    let found: StoreConnection?
    do {
      switch request.apiURLs.count {
      case 0: found = connections.count == 1 ? connections.first : nil
      case 1:
        // The store writes its address in this very form, and then it need not be taken apart.
        if let same = connections.first(where: { $0.address.canonical == request.apiURLs[0] }) {
          return same
        }
        let address = StoreAddress(request.apiURLs[0])
        found =
          address == nil
          ? nil : try await stores.first { $0.address.canonical == address?.canonical }
      default: found = nil
      }
    } catch {
      // Nothing is verified yet: whoever makes up stores is not to fill the log with errors.
      logger.log(
        level: error is StoreDirectory.Failure ? .warning : .error, "delivery not checked",
        metadata: ["error": "\(error)"])
      throw .unavailable("the stores cannot be read")
    }
    if let found { return found }
    if connections.isEmpty {
      throw .unavailable("no store is connected: set SALEOR_API_URL, or install Laurel into one")
    }
    logger.warning(
      "delivery refused",
      metadata: [
        "reason": "Saleor-Api-Url names no store that is connected",
        "header": "\(request.apiURLs.joined(separator: ", ").prefix(200))",
      ])
    throw .unauthorized
  }

  private func read(
    _ request: DeliveryRequest, _ log: DeliveryLog
  ) throws(IntakeError) -> Delivery {
    guard request.isJSON else {
      log.write(.warning, "delivery refused", ["reason": "content type"])
      throw .malformed("the Content-Type must be application/json")
    }
    do {
      return try Delivery(body: request.body, eventHeader: request.eventHeader)
    } catch {
      log.write(.warning, "delivery refused", ["reason": "\(error.rawValue)"])
      throw .malformed(error.rawValue)
    }
  }

  /// Looks at what is signed beside the event. One key signs for all Apps of a store, so where our
  /// App's id is known, a body has to name it, or at least no other.
  private func checkEnvelope(
    _ delivery: Delivery, of store: StoreConnection, _ log: DeliveryLog
  ) async throws(IntakeError) {
    if let appID = store.appID, delivery.recipientID != appID,
      store.namesApp || delivery.recipientID != nil
    {
      guard try await isNewlyInstalled(delivery.recipientID, at: store, log) else {
        log.write(
          .warning, "delivery refused",
          [
            "reason": "it is for another App", "recipient": "\(delivery.recipientID ?? "none")",
          ])
        throw .unauthorized
      }
    }
    if delivery.isHeaderContradicted {
      log.write(
        .notice, "the header Saleor-Event names another event than the body, which is believed")
    }
    if let issuedAt = delivery.issuedAt, Date().timeIntervalSince(issuedAt) > Self.lateAge {
      metrics.lateDeliveries.add()
    }
  }

  /// Whether the ledger knows this App at the store by now: after a new installation the store
  /// delivers at once, perhaps to a process that has not been told of it.
  private func isNewlyInstalled(
    _ appID: String?, at store: StoreConnection, _ log: DeliveryLog
  ) async throws(IntakeError) -> Bool {
    guard let appID else { return false }
    do {
      return try await stores.first { $0.id == store.id && $0.appID == appID } != nil
    } catch {
      log.write(.error, "delivery not checked", ["error": "\(error)"])
      throw .unavailable("the stores cannot be read")
    }
  }
}
