package import FoundationEssentials

/// Sends webhooks as the store does: the recorded payload and headers, an HMAC signature, and the
/// store's retries. Each delivery is one call, so the caller decides how many run at once.
package actor SandboxWebhooks {
  /// Where and how webhooks are sent.
  package struct Settings: Sendable {
    /// The webhook's address.
    package var targetURL: String
    /// The store's host and port, as `Saleor-Domain` names it.
    package var domain: String
    /// The store's GraphQL address, as `Saleor-Api-Url` names it.
    package var apiURL: String
    /// The webhook's own headers, sent after the store's.
    package var customHeaders: [(name: String, value: String)] = []
    /// What the waits between retries are multiplied with: 1 is the store's pace.
    package var timeScale: Double = 1

    /// Settings for one webhook.
    package init(targetURL: String, domain: String, apiURL: String) {
      self.targetURL = targetURL
      self.domain = domain
      self.apiURL = apiURL
    }
  }

  /// How often a delivery is retried after the first try.
  package static let maximumRetries = 5
  /// How many records are kept; the oldest go first.
  package static let maximumLogLength = 10_000

  /// What became of every delivery, in the order in which they ended.
  package private(set) var log: [SandboxDeliveryRecord] = []

  private let app: SandboxApp
  private let settings: Settings
  private let sign: @Sendable ([UInt8]) throws -> String
  private let deliver: @Sendable (SandboxDelivery) async throws -> Int
  private let now: @Sendable () -> Date

  /// A sender to one webhook of an App. `sign` makes the signature of a body, lower-case
  /// hexadecimal HMAC-SHA256 under the webhook's secret; `deliver` sends a request and returns the
  /// status of the answer, or throws when there is none.
  package init(
    app: SandboxApp, settings: Settings,
    sign: @escaping @Sendable ([UInt8]) throws -> String,
    deliver: @escaping @Sendable (SandboxDelivery) async throws -> Int,
    now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.app = app
    self.settings = settings
    self.sign = sign
    self.deliver = deliver
    self.now = now
  }

  /// Tells the webhook about an order and returns when the delivery has ended. Throws only what
  /// `sign` throws. `principal` is whoever caused the event; null for a guest.
  @discardableResult
  package func send(
    _ event: SandboxEvent, order: SandboxOrder, principal: JSONValue = .null
  ) async throws -> SandboxDeliveryRecord {
    try await send(event, "order", order.fields, principal: principal)
  }

  /// Tells the webhook about a customer, as above.
  @discardableResult
  package func send(
    _ event: SandboxEvent, customer: SandboxCustomer, principal: JSONValue = .null
  ) async throws -> SandboxDeliveryRecord {
    try await send(event, "user", customer.fields, principal: principal)
  }

  /// Tells the webhook with a body that its own query has made.
  @discardableResult
  func send(
    _ event: SandboxEvent, subjectID: String, body: [UInt8]
  ) async throws -> SandboxDeliveryRecord {
    await attempt(event, subjectID: subjectID, try request(event, body: body))
  }

  private func send(
    _ event: SandboxEvent, _ member: String, _ subject: JSONValue, principal: JSONValue
  ) async throws -> SandboxDeliveryRecord {
    let body = payload(event, member, subject, principal: principal)
    return await attempt(
      event, subjectID: subject["id"].asString ?? "", try request(event, body: body))
  }

  /// Sends the very bytes of an earlier delivery again, as staff can in the store's dashboard.
  @discardableResult
  package func sendAgain(_ record: SandboxDeliveryRecord) async -> SandboxDeliveryRecord {
    await attempt(record.event, subjectID: record.subjectID, record.delivery)
  }

  /// The body: what the recorded subscription asks for, ASCII only.
  private func payload(
    _ event: SandboxEvent, _ member: String, _ subject: JSONValue, principal: JSONValue
  ) -> [UInt8] {
    var payload: JSONValue = [
      "__typename": .string(event.typeName), "issuedAt": .string(now().storeText),
      "version": "3.23.28", "issuingPrincipal": principal,
      "recipient": ["id": .string(app.id), "name": .string(app.name)],
    ]
    payload[member] = subject
    return payload.bytes(.spaced)
  }

  private func request(_ event: SandboxEvent, body: [UInt8]) throws -> SandboxDelivery {
    let signature = try sign(body)
    var headers = [
      ("User-Agent", "Saleor/3.23"), ("Accept-Encoding", "gzip, deflate"), ("Accept", "*/*"),
      ("Connection", "keep-alive"), ("Content-Type", "application/json"),
      ("X-Saleor-Event", event.rawValue), ("X-Saleor-Domain", settings.domain),
      ("X-Saleor-Signature", signature),
      ("Saleor-Event", event.rawValue), ("Saleor-Domain", settings.domain),
      ("Saleor-Signature", signature), ("Saleor-Api-Url", settings.apiURL),
    ]
    headers += settings.customHeaders.map { ($0.name.lowercased(), $0.value) }
    headers += [("Content-Length", String(body.count)), ("Host", host)]
    return SandboxDelivery(
      url: settings.targetURL, headers: headers.map { (name: $0.0, value: $0.1) }, body: body,
      connectTimeout: .seconds(2), readTimeout: .seconds(18))
  }

  /// The target's host without its port.
  private var host: String {
    let withoutScheme = settings.targetURL.split(separator: "//", maxSplits: 1).last ?? ""
    let authority = withoutScheme.prefix { $0 != "/" && $0 != "?" }
    return String(authority.prefix { $0 != ":" })
  }

  private func attempt(
    _ event: SandboxEvent, subjectID: String, _ delivery: SandboxDelivery
  ) async -> SandboxDeliveryRecord {
    var attempts: [SandboxDeliveryRecord.Attempt] = []
    var outcome: SandboxDeliveryRecord.Outcome?
    var wait = Duration.zero
    while outcome == nil {
      do {
        try await Task.sleep(for: wait * settings.timeScale)
        let status = try await deliver(delivery)
        attempts.append(.init(waited: wait, status: status, failure: nil))
        switch status {
        case 200..<300: outcome = .delivered
        case 300..<500: outcome = .failed
        default: break
        }
      } catch is CancellationError {
        outcome = .abandoned
      } catch {
        attempts.append(.init(waited: wait, status: nil, failure: String(describing: error)))
        if Task.isCancelled { outcome = .abandoned }
      }
      if attempts.count > Self.maximumRetries { outcome = outcome ?? .failed }
      wait = attempts.count <= 1 ? .seconds(10) : wait * 2
    }
    let record = SandboxDeliveryRecord(
      event: event, subjectID: subjectID, delivery: delivery, attempts: attempts,
      outcome: outcome ?? .failed)
    if log.count >= Self.maximumLogLength { log.removeFirst() }
    log.append(record)
    return record
  }
}
