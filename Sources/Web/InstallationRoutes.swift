import FoundationEssentials
package import Hummingbird
package import Intake
import Logging
import NIOCore

/// What a store needs to install Laurel by itself, and the page that its Dashboard shows of it.
package struct InstallationRoutes: Sendable {
  private let installer: Installer?
  private let page: AppPage?

  /// Hands registrations to `installer`; without a public address there is none.
  /// - Throws: `SigningError`.
  package init(installer: Installer?) throws {
    self.installer = installer
    page = try installer.map { try AppPage(stores: $0.settings.allowedStores) }
  }

  /// Adds the routes.
  package func add(to router: some RouterMethods<LaurelContext>) {
    router.get("api/manifest") { request, _ in
      Self.bytes(
        try switchedOn().manifest(schemaVersion: request.headers.saleorSchemaVersion),
        type: "application/json")
    }
    router.get("api/logo.png") { _, _ in
      _ = try switchedOn()
      return Self.bytes(Logo.png, type: "image/png")
    }
    router.get("/") { request, _ in
      _ = try switchedOn()
      return page?.response(to: request.uri.queryParameters) ?? Response(status: .notFound)
    }
    router.post("api/register") { request, context in try await register(request, context) }
  }

  private func switchedOn() throws -> Installer {
    guard let installer else {
      throw Problem(
        .notFound, "installer_off",
        "No store can install this Laurel: its operator has not set LAUREL_PUBLIC_URL.")
    }
    return installer
  }

  private static func bytes(_ bytes: [UInt8], type: String) -> Response {
    Response(
      status: .ok, headers: [.contentType: type], body: .init(byteBuffer: .init(bytes: bytes)))
  }

  /// The answer to a registration. The store takes any 2xx, and shows `error.message` of any other
  /// (FACTS §9).
  private struct Answer: Encodable {
    struct Failure: Encodable {
      let code: String
      let message: String
    }
    let success: Bool
    let error: Failure?

    init(_ refusal: InstallationRefusal?) {
      success = refusal == nil
      error = refusal.map { Failure(code: $0.code.rawValue, message: $0.message) }
    }
  }

  private func register(_ request: Request, _ context: LaurelContext) async throws -> Response {
    do {
      let installer = try switchedOn()
      let body = try await context.body(of: request, upTo: Installer.maximumBodyBytes)
      try await installer.register(
        body: Array(buffer: body), apiURL: request.headers.saleorAPIURL, logger: context.logger)
      return try .json(Answer(nil))
    } catch let refusal as InstallationRefusal {
      return try .json(Answer(refusal), status: Self.status(of: refusal))
    } catch let problem as Problem {
      return try .json(
        Answer(InstallationRefusal(.notAllowed, problem.detail)), status: problem.status)
    } catch is NIOTooManyBytesError {
      return try .json(
        Answer(InstallationRefusal(.malformed, "The request is too large.")),
        status: .contentTooLarge)
    }
  }

  private static func status(of refusal: InstallationRefusal) -> HTTPResponse.Status {
    switch refusal.code {
    case .malformed: .badRequest
    case .notAllowed, .otherApp, .permissionsMissing: .forbidden
    case .tokenRefused: .unauthorized
    case .unreachable: .badGateway
    case .busy, .unavailable: .serviceUnavailable
    }
  }
}
