import FoundationEssentials
import Logging
import ServiceLifecycle
import Testing

@testable import Sandbox

/// The day on which the recordings were made.
let recordedDay = Date(timeIntervalSince1970: 1_795_248_360)

/// Serves a store on a free port while `body` runs, then shuts the server down gracefully.
func withRunning(
  _ store: SandboxStore, _ body: @Sendable (RunningStore) async throws -> Void
) async throws {
  var logger = Logger(label: "sandbox-tests")
  logger.logLevel = .critical
  let server = SandboxServer(store: store, logger: logger)
  let services = ServiceGroup(services: [server], logger: logger)
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await services.run() }
    let port = try await server.port()
    try await body(RunningStore(store: store, client: LoopbackClient(port: port)))
    await services.triggerGracefulShutdown()
    try await group.waitForAll()
  }
}

/// A store that is being served, and a client of it.
struct RunningStore: Sendable {
  /// The store.
  let store: SandboxStore
  /// The client.
  let client: LoopbackClient

  /// The standard headers, with the store's token unless told otherwise.
  static func headers(bearer: String?) -> [(String, String)] {
    let token = bearer.map { [("Authorization", "Bearer \($0)")] } ?? []
    return [("Content-Type", "application/json")] + token
  }

  /// Sends a query and returns the answer's JSON; the status must be as expected.
  func query(
    _ query: String, _ variables: JSONValue = [:], bearer: String? = "sandbox-token",
    status: Int = 200
  ) async throws -> JSONValue {
    let body: JSONValue = ["query": .string(query), "variables": variables]
    let answer = try await client.send(headers: Self.headers(bearer: bearer), body: body.bytes())
    #expect(answer.status == status, "\(answer.body)")
    return try JSONParser.parse(Array(answer.body.utf8))
  }

  /// Sends `giftCardCreate` for a code, asking for what Laurel asks for.
  func create(code: String, amount: JSONValue = 10, tags: [String] = []) async throws -> JSONValue {
    try await query(
      """
      mutation GiftCardCreate($input: GiftCardCreateInput!) { giftCardCreate(input: $input) { \
      giftCard { ...RewardGiftCard } errors { field code message } } }
      fragment RewardGiftCard on GiftCard { id code isActive initialBalance { amount currency } \
      currentBalance { amount currency } metadata { key value } }
      """,
      [
        "input": [
          "isActive": true, "code": .string(code),
          "balance": ["amount": amount, "currency": "USD"],
          "addTags": .array(tags.map(JSONValue.string)),
          "metadata": [["key": "laurel.reward", "value": .string("reward-\(code)")]],
        ]
      ])
  }

  /// How many cards `giftCards` finds for a code.
  func found(code: String) async throws -> Int? {
    try await query(
      "query($code: String!) { giftCards(first: 2, filter: {code: $code}) { edges { node { id } } } }",
      ["code": .string(code)])["data"]["giftCards"]["edges"].asArray?.count
  }
}
