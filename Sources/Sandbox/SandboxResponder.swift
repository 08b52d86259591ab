import HTTPTypes
import Hummingbird
import NIOCore

/// What the responder needs to know of a request's connection: a fault may close it.
struct SandboxContext {
  /// The connection.
  let channel: any Channel
}

/// Answers HTTP requests as the store does: transport first, then the GraphQL operation, with the
/// faults of its root fields in between.
struct SandboxResponder: HTTPResponder {
  /// The largest body that the store takes, in bytes.
  static let maximumBodyBytes = 2_621_440

  /// The store that answers.
  let store: SandboxStore

  /// Answers one request.
  func respond(to request: Request, context: SandboxContext) async throws -> Response {
    if request.uri.path == "/.well-known/jwks.json", let keySet = await store.keySet {
      return Response(
        status: .ok, headers: [.contentType: "application/json"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: keySet)))
    }
    guard request.uri.path == "/graphql/" else { return Self.page(.notFound, "Not Found") }
    var response = try await answer(request, context)
    // The API is open to the pages of every storefront, with cookies or without.
    response.headers[.accessControlAllowCredentials] = "true"
    if let origin = request.headers[.origin] {
      response.headers[.accessControlAllowOrigin] = origin
      response.headers[.vary] = "Origin"
    }
    return response
  }

  private func answer(_ request: Request, _ context: SandboxContext) async throws -> Response {
    if request.method == .options {
      return Response(
        status: .ok,
        headers: [
          .accessControlAllowMethods: "POST, OPTIONS",
          .accessControlAllowHeaders:
            "Origin, Content-Type, Accept, Authorization, Authorization-Bearer",
        ])
    }
    guard request.method == .post else { return Response(status: .methodNotAllowed) }
    let body: [UInt8]
    do {
      body = Array(buffer: try await request.body.collect(upTo: Self.maximumBodyBytes))
    } catch is NIOTooManyBytesError {
      return Response(status: .contentTooLarge)
    }
    return try await store.answering {
      let latency = await store.latency
      if latency > .zero { try await Task.sleep(for: latency) }
      do throws(QueryProblem) {
        let isJSON = request.headers[.contentType]?.hasPrefix("application/json") == true
        let plan = try Self.plan(isJSON ? body : Array("{}".utf8))
        return try await respond(
          to: plan, bearer: Self.bearer(request.headers), context: context)
      } catch {
        return Self.answer(error.json, status: .badRequest)
      }
    }
  }

  private func respond(
    to plan: QueryPlan, bearer: String?, context: SandboxContext
  ) async throws(QueryProblem) -> Response {
    let faults = await store.begin(plan)
    if faults.contains(.noAnswerBeforeSave) { return await Self.close(context) }
    for case .httpStatus(let status)? in faults {
      return Self.page(.init(code: status), status == 500 ? "Server Error (500)" : "\(status)")
    }
    if let pause = faults.compactMap({ if case .late(let pause)? = $0 { pause } else { nil } })
      .max()
    {
      let response = await Self.close(context)
      // A shutdown in the meantime drops the operation, as a store that stops would.
      guard (try? await Task.sleep(for: pause)) != nil else { return response }
      _ = await store.answer(plan, bearer: bearer, faults: faults)
      return response
    }
    let answer = await store.answer(plan, bearer: bearer, faults: faults)
    if faults.contains(.noAnswerAfterSave) { return await Self.close(context) }
    for case .delay(let pause)? in faults { try? await Task.sleep(for: pause) }
    return Self.answer(answer, status: .ok)
  }

  /// Reads the request's JSON. Throws what is answered with HTTP 400.
  private static func plan(_ body: [UInt8]) throws(QueryProblem) -> QueryPlan {
    guard let request = try? JSONParser.parse(body) else {
      throw QueryProblem(message: "Unable to parse query.")
    }
    if request.asArray != nil { throw QueryProblem(message: "Number of batch queries exceeded.") }
    guard let query = request["query"].asString, !query.isEmpty else {
      throw QueryProblem(message: "Must provide a query string.")
    }
    return try QueryPlan(
      query: query, operationName: request["operationName"].asString,
      variables: request["variables"].asObject ?? JSONObject())
  }

  /// The token, in the three ways in which the store takes one; a bare one is ignored.
  private static func bearer(_ headers: HTTPFields) -> String? {
    if let name = HTTPField.Name("Authorization-Bearer"), let token = headers[name] { return token }
    let parts = headers[.authorization]?.split(separator: " ", maxSplits: 1) ?? []
    guard parts.count == 2, parts[0] == "Bearer" || parts[0] == "JWT" else { return nil }
    return String(parts[1])
  }

  /// Closes the connection, so that the client gets no answer. The response that is returned goes
  /// nowhere.
  private static func close(_ context: SandboxContext) async -> Response {
    try? await context.channel.close()
    return Response(status: .ok)
  }

  private static func answer(_ body: JSONValue, status: HTTPResponse.Status) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: body.bytes())))
  }

  private static func page(_ status: HTTPResponse.Status, _ title: String) -> Response {
    let html = """

      <!doctype html>
      <html lang="en">
      <head>
        <title>\(title)</title>
      </head>
      <body>
        <h1>\(title)</h1><p></p>
      </body>
      </html>

      """
    return Response(
      status: status, headers: [.contentType: "text/html; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
  }
}
