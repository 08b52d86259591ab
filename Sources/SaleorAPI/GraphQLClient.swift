import Domain
import FoundationEssentials
package import HTTPTransport
package import Monitoring

/// Speaks GraphQL with one store and sorts its answers into values and errors.
package struct GraphQLClient: Sendable {
  private let transport: HTTPTransport
  private let url: String
  private let token: String
  private let totalTimeout: Duration
  private let reach: HTTPRequest.Reach
  private let metrics: Metrics
  private let callHook: CallHook?

  /// Is told of every call by the name `store.`, the operation's name, and `.before` or `.after`:
  /// right before the request is sent, and once the answer is there.
  package typealias CallHook = @Sendable (_ point: String) -> Void

  /// A client of the store at `url` that shows `token`; each call ends within `totalTimeout` and is
  /// counted in `metrics`. `reach` bounds where the store may stand. `callHook` is for tests that
  /// end the program at a chosen call.
  package init(
    transport: HTTPTransport, url: String, token: String, totalTimeout: Duration = .seconds(15),
    reach: HTTPRequest.Reach, metrics: Metrics = Metrics(), callHook: CallHook? = nil
  ) {
    self.transport = transport
    self.url = url
    self.token = token
    self.totalTimeout = totalTimeout
    self.reach = reach
    self.metrics = metrics
    self.callHook = callHook
  }

  /// Sends `operation` and gives its answer.
  ///
  /// Any entry under `errors` fails the call even beside data: a part that the App may not read
  /// arrives as `null` there (recorded: `auth-missing-permission-field-partial`), and a decision
  /// must not be taken on a buyer who only seems to be missing.
  ///
  /// - Throws: `StoreError`, or `CancellationError` when the task was cancelled.
  package func send<Operation: GraphQLOperation>(
    _ operation: Operation
  ) async throws -> Operation.Answer {
    try await exchange(operation).answer
  }

  /// Sends `operation` and gives its answer with the time at the store when it answered, in whole
  /// seconds: a server with a clock always sends it (RFC 9110, section 6.6.1).
  ///
  /// - Throws: `StoreError`, or `CancellationError` when the task was cancelled.
  func sendForTime<Operation: GraphQLOperation>(
    _ operation: Operation
  ) async throws -> (answer: Operation.Answer, time: Date) {
    let (answer, headers) = try await exchange(operation)
    guard let time = headers.first("Date").flatMap(StoreTime.httpDate) else {
      throw StoreError(.unexpectedAnswer, "\(Operation.name): the answer has no header Date")
    }
    return (answer, time)
  }

  /// One call, counted with its outcome.
  private func exchange<Operation: GraphQLOperation>(
    _ operation: Operation
  ) async throws -> (answer: Operation.Answer, headers: HTTPHeaders) {
    let start = ContinuousClock.now
    var outcome = "cancelled"
    defer { metrics.storeCalls.observe(.now - start, Operation.name, outcome) }
    do {
      let response = try await ask(operation)
      let answer = try Self.read(response, of: Operation.self, hiding: operation.secrets)
      outcome = "ok"
      return (answer, response.headers)
    } catch let error as StoreError {
      outcome = error.code.rawValue
      throw error
    }
  }

  private func ask<Operation: GraphQLOperation>(
    _ operation: Operation
  ) async throws -> HTTPResponse {
    let body: [UInt8]
    do {
      body = try Array(
        JSONEncoder().encode(
          RequestBody(
            operationName: Operation.name, query: Operation.document, variables: operation)))
    } catch {
      throw StoreError(.invalidRequest, "\(Operation.name) could not be written as JSON")
    }
    callHook?("store.\(Operation.name).before")
    do {
      let response = try await transport.send(
        HTTPRequest(
          method: .post, url: url,
          headers: [
            ("Content-Type", "application/json"), ("Accept", "application/json"),
            ("Authorization", "Bearer \(token)"),
          ],
          body: body, totalTimeout: totalTimeout, isSentOnce: !Operation.isRepeatable,
          reach: reach))
      callHook?("store.\(Operation.name).after")
      return response
    } catch {
      if error.code == .cancelled { throw CancellationError() }
      let code: StoreError.Code =
        switch error.code {
        case .bodyTooLarge: .answerTooLarge
        default: error.isRetryable ? .unreachable : .unexpectedAnswer
        }
      throw StoreError(code, "\(Operation.name): \(error.message)")
    }
  }

  /// Sorts one answer; no error shows one of `secrets`.
  static func read<Operation: GraphQLOperation>(
    _ response: HTTPResponse, of operation: Operation.Type, hiding secrets: [String] = []
  ) throws(StoreError) -> Operation.Answer {
    let name = Operation.name
    if response.status >= 500 {
      throw StoreError(.unavailable, "\(name): HTTP \(response.status)")
    }
    let data = Data(response.body)
    let failure = try? JSONDecoder().decode(Failure.self, from: data)
    if let first = failure?.errors?.first {
      let message = "\(name): \(first.message.shown(hiding: secrets))"
      switch (response.status, first.extensions?.exception?.code) {
      case (400, _): throw StoreError(.invalidRequest, message)
      case (_, "PermissionDenied"): throw StoreError(.permissionDenied, message)
      default: throw StoreError(.internalError, message)
      }
    }
    guard response.status == 200 else {
      throw StoreError(.unexpectedAnswer, "\(name): HTTP \(response.status)")
    }
    do {
      return try JSONDecoder().decode(Success<Operation.Answer>.self, from: data).data
    } catch {
      throw StoreError(.unexpectedAnswer, "\(name): the answer has not the expected shape")
    }
  }
}

private struct RequestBody<Variables: Encodable>: Encodable {
  let operationName: String
  let query: String
  let variables: Variables
}

private struct Success<Answer: Decodable>: Decodable {
  let data: Answer
}

private struct Failure: Decodable {
  struct Entry: Decodable {
    struct Extensions: Decodable {
      struct Exception: Decodable {
        let code: String?
      }
      let exception: Exception?
    }
    let message: String
    let extensions: Extensions?
  }
  let errors: [Entry]?
}
