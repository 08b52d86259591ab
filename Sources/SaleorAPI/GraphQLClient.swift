import Domain
import FoundationEssentials
package import HTTPTransport

/// Speaks GraphQL with one store and sorts its answers into values and errors.
package struct GraphQLClient: Sendable {
  private let transport: HTTPTransport
  private let url: String
  private let token: String
  private let totalTimeout: Duration
  private let callHook: CallHook?

  /// Is told of every call by the name `store.`, the operation's name, and `.before` or `.after`:
  /// right before the request is sent, and once the answer is there.
  package typealias CallHook = @Sendable (_ point: String) -> Void

  /// A client of the store at `url` that shows `token`; each call ends within `totalTimeout`.
  /// `callHook` is for tests that end the program at a chosen call.
  package init(
    transport: HTTPTransport, url: String, token: String, totalTimeout: Duration = .seconds(15),
    callHook: CallHook? = nil
  ) {
    self.transport = transport
    self.url = url
    self.token = token
    self.totalTimeout = totalTimeout
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
    let response: HTTPResponse
    do {
      response = try await transport.send(
        HTTPRequest(
          method: .post, url: url,
          headers: [
            ("Content-Type", "application/json"), ("Accept", "application/json"),
            ("Authorization", "Bearer \(token)"),
          ],
          body: body, totalTimeout: totalTimeout))
    } catch {
      if error.code == .cancelled { throw CancellationError() }
      throw StoreError(
        error.isRetryable ? .unreachable : .unexpectedAnswer,
        "\(Operation.name): \(error.message)")
    }
    callHook?("store.\(Operation.name).after")
    return try Self.read(response, of: Operation.self, hiding: operation.secrets)
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
      let text = secrets.reduce(first.message) { $0.replacing($1, with: "***") }
      let message = "\(name): \(String(text.prefix(200)))"
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
