import Domain
import FoundationEssentials
package import Hummingbird
package import Intake
import Ledger
import Logging
import NIOCore
package import Postgres

/// Where admins issue codes.
package struct CodeRoutes: Sendable {
  private let stores: StoreChoice
  private let session: any PostgresSession

  /// Issues codes of the active ones of `stores`, in the ledger behind `session`.
  package init(stores: StoreDirectory, session: any PostgresSession) {
    self.stores = StoreChoice(stores)
    self.session = session
  }

  /// Adds the routes.
  package func add(to router: some RouterMethods<LaurelContext>) {
    router.post("codes/issue") { request, context in
      try await issue(request, context)
    }
  }

  private struct Wish: Decodable {
    let userID: String
    let email: String
    let code: String?
    /// The address of the store that the customer is of; needed when there are several.
    let store: String?

    enum CodingKeys: String, CodingKey {
      case userID = "user_id"
      case email
      case code
      case store
    }
  }

  private struct Answer: Encodable {
    let code: String
    let userID: String
    let status: String
    let createdAt: String

    enum CodingKeys: String, CodingKey {
      case code
      case userID = "user_id"
      case status
      case createdAt = "created_at"
    }
  }

  private func issue(
    _ request: Request, _ context: LaurelContext
  ) async throws -> Response {
    let wish = try await read(request, context)
    let userID = wish.userID.trimmingSpace()
    guard UserID.isValid(userID) else {
      throw Problem(
        .badRequest, "user_id",
        "user_id must be the customer's id at the store, base64 of User:1 and so on: VXNlcjox.")
    }
    guard let email = EmailAddress(wish.email) else {
      throw Problem(.badRequest, "email", "email must be an e-mail address.")
    }
    var wished: ReferralCode?
    if let text = wish.code {
      guard let code = ReferralCode(typed: text) else {
        throw Problem(.badRequest, "code", "code must be 4 to 16 letters and digits (A-Z, 0-9).")
      }
      wished = code
    }
    let desk = CodeDesk(store: try stores.store(named: wish.store).id, session: session)
    switch try await desk.issue(userID: userID, email: email, wished: wished) {
    case .issued(let record):
      context.logger.info("code issued", metadata: ["user": "\(userID)"])
      return try .json(Self.answer(record), status: .created)
    case .standing(let record):
      return try .json(Self.answer(record))
    case .taken:
      throw Problem(.conflict, "code_taken", "This code belongs to another customer.")
    }
  }

  private func read(_ request: Request, _ context: LaurelContext) async throws -> Wish {
    let buffer = try await context.body(of: request, upTo: 16 << 10)
    do {
      return try JSONDecoder().decode(Wish.self, from: Data(buffer.readableBytesView))
    } catch {
      throw Problem(
        .badRequest, "malformed",
        #"The body must be JSON like {"user_id": "VXNlcjox", "email": "a@example.com"}."#)
    }
  }

  private static func answer(_ record: CodeRepository.Record) -> Answer {
    Answer(
      code: record.code.value, userID: record.referrerUserID,
      status: record.isActive ? "active" : "disabled",
      createdAt: record.createdAt.formatted(.iso8601))
  }
}
