import FoundationEssentials
import NIOConcurrencyHelpers
import Testing

@testable import Sandbox

/// The store's part of an installation, against the recorded handshake.
@Suite struct InstallationTests {
  /// An App that answers as told, and keeps what it was sent.
  private final class StandInApp: Sendable {
    private let state = NIOLockedValueBox<(calls: [SandboxCall], registration: (Int, String))>(
      ([], (200, "{}")))

    var calls: [SandboxCall] { state.withLockedValue { $0.calls } }

    func answerRegistration(_ status: Int, _ body: String = "") {
      state.withLockedValue { $0.registration = (status, body) }
    }

    func receive(_ call: SandboxCall) throws -> (status: Int, body: [UInt8]) {
      let registration = state.withLockedValue { state in
        state.calls.append(call)
        return state.registration
      }
      if call.url.hasSuffix("/register") {
        if registration.0 == 0 { throw NoAnswer() }
        return (registration.0, Array(registration.1.utf8))
      }
      if call.method == "POST" { return (200, []) }
      guard call.url.hasSuffix("/manifest/referral.json") else { return (404, []) }
      return (200, InstallationTests.manifest.bytes())
    }

    private struct NoAnswer: Error {}
  }

  private static let manifestURL = "http://127.0.0.1:8899/manifest/referral.json"
  private static let query = """
    subscription ReferralAppEvents {
      event {
        __typename
        issuedAt
        version
        ... on AppInstalled { app { id identifier name } }
        ... on AppUpdated { app { id identifier name } }
        ... on AppStatusChanged { app { id identifier name isActive } }
        ... on AppDeleted { app { id identifier name } }
      }
    }
    """
  private static let manifest: JSONValue = [
    "id": "app.referral.rewards", "version": "0.1.0", "name": "Referral Reward Issuer",
    "permissions": ["MANAGE_APPS", "MANAGE_ORDERS"],
    "appUrl": "http://127.0.0.1:8899/app", "tokenTargetUrl": "http://127.0.0.1:8899/register",
    "webhooks": [
      [
        "name": "app events (manifest)",
        "asyncEvents": ["APP_INSTALLED", "APP_UPDATED", "APP_STATUS_CHANGED", "APP_DELETED"],
        "query": .string(query), "targetUrl": "http://127.0.0.1:8899/mf/app",
      ],
      [
        "name": "orders", "asyncEvents": ["ORDER_PAID"],
        "query": """
        subscription { event { __typename ... on OrderPaid { order { ...O } } } }
        fragment O on Order { id isPaid }
        """,
        "targetUrl": "http://127.0.0.1:8899/mf/order",
      ],
    ],
  ]

  /// A store whose clock stands, and its installer.
  private func installer(
    _ app: StandInApp, clock: NIOLockedValueBox<Double>, tokens: [String] = [],
    signature: String = "signed"
  ) -> (SandboxStore, SandboxInstaller) {
    let store = SandboxStore(
      now: { Date(timeIntervalSince1970: clock.withLockedValue { $0 }) })
    let left = NIOLockedValueBox(tokens)
    return (
      store,
      SandboxInstaller(
        store: store, apiURL: "http://127.0.0.1:8800/graphql/",
        token: {
          left.withLockedValue { $0.isEmpty ? SandboxInstaller.randomToken() : $0.removeFirst() }
        }, sign: { _ in signature }, send: { try app.receive($0) })
    )
  }

  /// The head of a request as it was recorded.
  private func head(_ call: SandboxCall) -> [String] {
    let path = call.url.dropFirst("http://127.0.0.1:8899".count)
    return ["\(call.method) \(path) HTTP/1.1"] + call.headers.map { "\($0.name): \($0.value)" }
  }

  private static let readManifest = [
    "GET /manifest/referral.json HTTP/1.1", "User-Agent: Saleor/3.23",
    "Accept-Encoding: gzip, deflate", "Accept: */*", "Connection: keep-alive",
    "Saleor-Schema-Version: 3.23", "Host: 127.0.0.1",
  ]
  private static let register = [
    "POST /register HTTP/1.1", "User-Agent: Saleor/3.23", "Accept-Encoding: gzip, deflate",
    "Accept: */*", "Connection: keep-alive", "Content-Type: application/json",
    "X-Saleor-Domain: 127.0.0.1:8800", "Saleor-Domain: 127.0.0.1:8800",
    "Saleor-Api-Url: http://127.0.0.1:8800/graphql/", "Saleor-Schema-Version: 3.23",
    "Content-Length: 48", "Host: 127.0.0.1",
  ]

  @Test func theHandshakeIsTheRecordedOne() async throws {
    let app = StandInApp()
    let clock = NIOLockedValueBox(1_795_247_882.684282)
    let (store, installer) = installer(
      app, clock: clock, tokens: ["YldoMYL9AKW30bdBzrMNuHLYew4wRl"])
    await store.set(nextAppNumber: 1)
    let installation = try await installer.install(
      Self.manifestURL, name: "Referral Reward Issuer")
    #expect(installation.status == .installed && installation.appID == "QXBwOjE=")
    let calls = app.calls
    try #require(calls.count == 4)
    #expect(head(calls[0]) == Self.readManifest)
    #expect(head(calls[1]) == Self.readManifest)
    #expect(head(calls[2]) == Self.register)
    #expect(
      String(decoding: calls[2].body ?? [], as: UTF8.self)
        == #"{"auth_token": "YldoMYL9AKW30bdBzrMNuHLYew4wRl"}"#)
    #expect(calls[3].body == (try Fixture.bytes("deliveries/0005-app_installed--mf_app.body")))
    #expect(await store.app(of: "YldoMYL9AKW30bdBzrMNuHLYew4wRl")?.id == "QXBwOjE=")
  }

  @Test(arguments: [
    ("0005-app_installed", 1_795_247_882.684282), ("1992-app_status_changed", 1_795_249_279.095992),
    ("1993-app_status_changed", 1_795_249_279.492221), ("1995-app_deleted", 1_795_249_295.132354),
  ])
  func whatBecomesOfTheAppIsToldAsRecorded(name: String, time: Double) async throws {
    let body = try Fixture.bytes("deliveries/\(name)--mf_app.body")
    let lines = try Fixture.bytes("deliveries/\(name)--mf_app.headers")
      .split(separator: UInt8(ascii: "\n"))
      .map { String(decoding: $0, as: UTF8.self).trimmingCharacters { $0 == "\r" } }
      .filter { !$0.isEmpty }
    let signature = try #require(
      lines.first { $0.hasPrefix("Saleor-Signature: ") }?.dropFirst("Saleor-Signature: ".count))
    let app = StandInApp()
    let (store, installer) = installer(
      app, clock: NIOLockedValueBox(time), signature: String(signature))
    await store.set(nextAppNumber: 1)
    try await installer.install(Self.manifestURL, name: "Referral Reward Issuer")
    let id = "QXBwOjE="
    switch name.prefix(4) {
    case "0005": break
    case "1992": try await installer.set(app: id, isActive: false)
    case "1993":
      try await installer.set(app: id, isActive: false)
      try await installer.set(app: id, isActive: true)
    default: try await installer.delete(app: id)
    }
    let sent = try #require(app.calls.last)
    #expect(
      String(decoding: sent.body ?? [], as: UTF8.self) == String(decoding: body, as: UTF8.self))
    #expect(head(sent) == lines)
  }

  @Test func aFailedRegistrationKillsTheTokenAndARetryMakesAnother() async throws {
    let app = StandInApp()
    let (store, installer) = installer(
      app, clock: NIOLockedValueBox(1_795_249_303), tokens: ["first-token", "second-token"])
    app.answerRegistration(500, #"{"error": {"message": "Not today."}}"#)
    let failed = try await installer.install(Self.manifestURL, name: "again")
    #expect(failed.status == .failed && failed.message == "Not today." && failed.appID == nil)
    #expect(await store.installedApps.isEmpty)
    #expect(await store.app(of: "first-token") == nil)
    let first = app.calls.count
    app.answerRegistration(200, "{}")
    let retried = try await installer.retry(failed)
    #expect(retried.status == .installed && retried.id == failed.id && retried.message == nil)
    #expect(app.calls.dropFirst(first).map(\.method) == ["GET", "POST", "POST"])
    #expect(await store.app(of: "second-token")?.id == retried.appID)
    #expect(await store.installations == [retried])
  }

  @Test(arguments: [(500, "<html>"), (404, #"{"error": "x"}"#), (302, ""), (0, "")])
  func withoutAReasonTheDashboardShowsTheStoresOwn(status: Int, body: String) async throws {
    let app = StandInApp()
    let (store, installer) = installer(app, clock: NIOLockedValueBox(0))
    app.answerRegistration(status, body)
    let failed = try await installer.install(Self.manifestURL, name: "again")
    #expect(failed.message == SandboxInstaller.noReason)
    #expect(await store.installedApps.isEmpty)
  }

  @Test func theSameIdentifierTwiceIsAClash() async throws {
    let app = StandInApp()
    let (store, installer) = installer(app, clock: NIOLockedValueBox(0))
    let first = try await installer.install(Self.manifestURL, name: "one")
    let calls = app.calls.count
    let second = try await installer.install(Self.manifestURL, name: "dup")
    #expect(second.status == .failed)
    #expect(second.message == "App with the same identifier is already installed")
    #expect(app.calls.dropFirst(calls).allSatisfy { $0.method == "GET" }, "no token is sent")
    #expect(await store.installedApps.map(\.app.id) == [first.appID])
    try await installer.delete(app: try #require(first.appID))
    let third = try await installer.install(Self.manifestURL, name: "three")
    #expect(third.status == .installed && third.appID != first.appID)
  }

  @Test func aTokenDiesAndLivesWithItsApp() async throws {
    let app = StandInApp()
    let (store, installer) = installer(app, clock: NIOLockedValueBox(0), tokens: ["the-token"])
    let id = try #require(
      try await installer.install(Self.manifestURL, name: "one").appID)
    let plan = try QueryPlan(
      query: "{app{id permissions{code}}}", operationName: nil, variables: JSONObject())
    func answer() async -> JSONValue {
      await store.answer(plan, bearer: "the-token", faults: [nil])
    }
    #expect(await answer()["data"]["app"]["id"].asString == id)
    try await installer.set(app: id, isActive: false)
    #expect(
      await answer()["errors"][0]["extensions"]["exception"]["code"].asString == "PermissionDenied")
    try await installer.set(app: id, isActive: true)
    #expect(await answer()["data"]["app"]["id"].asString == id)
    try await installer.delete(app: id)
    #expect(await answer()["data"]["app"].isNull)
  }

  @Test func orderEventsGoToAppsThatAreOnAndMayReadOrders() async throws {
    let app = StandInApp()
    let (store, installer) = installer(app, clock: NIOLockedValueBox(0))
    let id = try #require(try await installer.install(Self.manifestURL, name: "one").appID)
    let order = SandboxOrder.paid(number: 1, total: 5, email: "alice@example.com")
    let records = try await installer.tell(.orderPaid, "order", order.fields)
    #expect(records.map(\.outcome) == [.delivered])
    #expect(
      String(decoding: records[0].delivery.body, as: UTF8.self)
        == #"{"__typename": "OrderPaid", "order": {"id": "\#(order.id)", "isPaid": true}}"#)
    await store.set(permissions: ["MANAGE_APPS"], ofInstalledApp: id)
    #expect(try await installer.tell(.orderPaid, "order", order.fields).isEmpty)
    await store.set(permissions: ["MANAGE_ORDERS"], ofInstalledApp: id)
    try await installer.set(app: id, isActive: false)
    #expect(try await installer.tell(.orderPaid, "order", order.fields).isEmpty)
  }
}

extension String {
  /// Without such characters at both ends.
  fileprivate func trimmingCharacters(_ isLeftOut: (Character) -> Bool) -> String {
    String(drop(while: isLeftOut).reversed().drop(while: isLeftOut).reversed())
  }
}
