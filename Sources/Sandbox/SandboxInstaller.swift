import FoundationEssentials

/// Plays a store's part when an App is installed, switched off and on, and deleted, as it was
/// recorded (FACTS §9): the requests, what becomes of the token, and the events.
package struct SandboxInstaller: Sendable {
  /// Sends a request and gives the answer's status and body, or throws when there is none.
  package typealias Send = @Sendable (SandboxCall) async throws -> (status: Int, body: [UInt8])

  /// What the Dashboard shows when the App gave no reason (source: `saleor/app/tasks.py`).
  package static let noReason =
    "Failed to connect to app. Try later or contact with app support."
  /// What it shows for an identifier that another App has.
  package static let clash = "App with the same identifier is already installed"

  private let store: SandboxStore
  private let apiURL: String
  private let schemaVersion: String
  private let token: @Sendable () -> String
  private let send: Send
  private let sign: @Sendable ([UInt8]) throws -> String

  /// Installs into `store`, whose API is at `apiURL`.
  ///
  /// - Parameters:
  ///   - schemaVersion: what the store says of itself.
  ///   - token: makes the token of a new App; 30 letters and digits as recorded unless told
  ///     otherwise.
  ///   - sign: makes the signature of a delivery's body.
  ///   - send: sends a request of the handshake, and each delivery.
  package init(
    store: SandboxStore, apiURL: String, schemaVersion: String = "3.23",
    token: @escaping @Sendable () -> String = SandboxInstaller.randomToken,
    sign: @escaping @Sendable ([UInt8]) throws -> String, send: @escaping Send
  ) {
    self.store = store
    self.apiURL = apiURL
    self.schemaVersion = schemaVersion
    self.token = token
    self.sign = sign
    self.send = send
  }

  /// A token as the store draws them.
  package static func randomToken() -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    return String((0..<30).map { _ in alphabet.randomElement() ?? "0" })
  }

  /// What the Dashboard does first: it reads the manifest and shows it.
  /// - Returns: the manifest; nil when it cannot be had.
  package func fetchManifest(_ url: String) async -> JSONValue? {
    let headers =
      Self.common + [("Saleor-Schema-Version", schemaVersion), ("Host", Self.host(url))]
    let answer = try? await send(
      SandboxCall(
        method: "GET", url: url, headers: headers.map { (name: $0.0, value: $0.1) }, body: nil))
    guard let answer, answer.status == 200 else { return nil }
    return try? JSONParser.parse(answer.body)
  }

  /// Installs an App from its manifest: the Dashboard looks at the manifest, then the store's own
  /// job reads it again and runs the handshake.
  /// - Throws: what `sign` throws.
  @discardableResult
  package func install(
    _ manifestURL: String, name: String, permissions: [String]? = nil
  ) async throws -> SandboxInstallation {
    _ = await fetchManifest(manifestURL)
    let number = await store.installations.count + 1
    return try await run(
      SandboxInstallation(
        id: .globalID("AppInstallation", "\(number)"), appName: name, manifestURL: manifestURL,
        permissions: permissions, status: .failed))
  }

  /// Tries a failed installation again: with a new token, for a new App.
  /// - Throws: what `sign` throws.
  @discardableResult
  package func retry(_ installation: SandboxInstallation) async throws -> SandboxInstallation {
    try await run(installation)
  }

  private func run(_ installation: SandboxInstallation) async throws -> SandboxInstallation {
    var installation = installation
    (installation.appID, installation.message) = await handshake(installation)
    installation.status = installation.appID == nil ? .failed : .installed
    await store.keep(installation)
    if let id = installation.appID { try await tellOfApp(.appInstalled, id) }
    return installation
  }

  /// The store's job. The App and its token are there before the App is told of them.
  private func handshake(
    _ installation: SandboxInstallation
  ) async -> (appID: String?, message: String?) {
    guard let manifest = await fetchManifest(installation.manifestURL),
      let identifier = manifest["id"].asString, let target = manifest["tokenTargetUrl"].asString
    else { return (nil, Self.noReason) }
    let app = await store.addApp(
      identifier: identifier, name: installation.appName, token: token(),
      permissions: installation.permissions
        ?? (manifest["permissions"].asArray ?? []).compactMap(\.asString),
      webhooks: Self.webhooks(of: manifest))
    guard let app else { return (nil, Self.clash) }
    if let message = await register(app, at: target) {
      await store.removeApp(app.id)
      return (nil, message)
    }
    return (app.id, nil)
  }

  /// Gives an App its token. Returns why that failed; nil when it did not.
  private func register(_ app: SandboxApp, at url: String) async -> String? {
    let request: JSONValue = ["auth_token": .string(app.token)]
    let body = request.bytes(.spaced)
    let domain = store.domain
    let headers =
      Self.common + [
        ("Content-Type", "application/json"), ("X-Saleor-Domain", domain),
        ("Saleor-Domain", domain), ("Saleor-Api-Url", apiURL),
        ("Saleor-Schema-Version", schemaVersion), ("Content-Length", String(body.count)),
        ("Host", Self.host(url)),
      ]
    do {
      let answer = try await send(
        SandboxCall(
          method: "POST", url: url, headers: headers.map { (name: $0.0, value: $0.1) }, body: body))
      if (200..<300).contains(answer.status) { return nil }
      let reason = (try? JSONParser.parse(answer.body))?["error"]["message"].asString
      return reason.map { String($0.prefix(255)) } ?? Self.noReason
    } catch {
      return Self.noReason
    }
  }

  /// Switches an App on or off. Its token dies, and lives again.
  /// - Throws: what `sign` throws.
  package func set(app id: String, isActive: Bool) async throws {
    await store.set(installedApp: id, isActive: isActive)
    try await tellOfApp(.appStatusChanged, id)
  }

  /// Deletes an App: its token dies at once, and it is told.
  /// - Throws: what `sign` throws.
  package func delete(app id: String) async throws {
    await store.set(installedApp: id, isActive: false)
    try await tellOfApp(.appDeleted, id)
    await store.removeApp(id)
  }

  private func tellOfApp(_ event: SandboxEvent, _ id: String) async throws {
    guard let app = await store.installedApps.first(where: { $0.app.id == id })?.app else { return }
    try await tell(event, "app", app.json)
  }

  /// Tells every webhook that asks for the event, one after the other. Of what becomes of an App it
  /// hears even when it is switched off itself; everything else goes to those that are on.
  /// - Throws: what `sign` throws.
  @discardableResult
  package func tell(
    _ event: SandboxEvent, _ member: String, _ subject: JSONValue, principal: JSONValue = .null
  ) async throws -> [SandboxDeliveryRecord] {
    var records: [SandboxDeliveryRecord] = []
    let isHeardByAll = [.appStatusChanged, .appDeleted].contains(event)
    for installed in await store.installedApps
    where (installed.app.isActive || isHeardByAll && subject["id"].asString == installed.app.id)
      && installed.app.permissions.contains(event.permission)
    {
      for webhook in installed.webhooks where webhook.events.contains(event.rawValue.uppercased()) {
        let body = webhook.subscription.body(
          of: [
            "__typename": .string(event.typeName), "issuedAt": .string(store.now().storeText),
            "version": "3.23.28", "issuingPrincipal": principal,
            "recipient": ["id": .string(installed.app.id), "name": .string(installed.app.name)],
            member: subject,
          ])
        records.append(
          try await sender(to: webhook, of: installed.app).send(
            event, subjectID: subject["id"].asString ?? "", body: body))
      }
    }
    return records
  }

  private func sender(
    to webhook: SandboxInstalledApp.Webhook, of app: SandboxApp
  ) -> SandboxWebhooks {
    let send = send
    return SandboxWebhooks(
      app: app,
      settings: .init(targetURL: webhook.targetURL, domain: store.domain, apiURL: apiURL),
      sign: sign,
      deliver: { delivery in
        try await send(
          SandboxCall(
            method: "POST", url: delivery.url, headers: delivery.headers, body: delivery.body)
        ).status
      }, now: store.now)
  }

  private static let common = [
    ("User-Agent", "Saleor/3.23"), ("Accept-Encoding", "gzip, deflate"), ("Accept", "*/*"),
    ("Connection", "keep-alive"),
  ]

  /// An address's host without its port, as the store writes it.
  private static func host(_ url: String) -> String {
    let rest = url.split(separator: "//", maxSplits: 1).last ?? ""
    return String(rest.prefix { $0 != "/" && $0 != "?" && $0 != ":" })
  }

  private static func webhooks(of manifest: JSONValue) -> [SandboxInstalledApp.Webhook] {
    (manifest["webhooks"].asArray ?? []).compactMap { webhook in
      guard let subscription = SandboxSubscription(webhook["query"].asString ?? ""),
        let target = webhook["targetUrl"].asString
      else { return nil }
      return SandboxInstalledApp.Webhook(
        name: webhook["name"].asString ?? "",
        events: (webhook["asyncEvents"].asArray ?? []).compactMap(\.asString),
        subscription: subscription, targetURL: target)
    }
  }
}
