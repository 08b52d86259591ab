import Domain
import FoundationEssentials
import HTTPTransport
import Testing

@testable import SaleorAPI

/// The recorded answers of a real store, read by the client.
@Suite struct AnswerTests {
  /// What a recording holds of the answer.
  struct Recording: Decodable {
    struct Response: Decodable {
      let status: Int
      let bodyRaw: String

      enum CodingKeys: String, CodingKey {
        case status
        case bodyRaw = "body_raw"
      }
    }
    let response: Response
  }

  static func answer(_ name: String) throws -> HTTPResponse {
    let path = Fixtures.path("answers/\(name).json")
    let data = try #require(FileManager.default.contents(atPath: path), "no recording \(name)")
    let recording = try JSONDecoder().decode(Recording.self, from: data).response
    return HTTPResponse(
      status: recording.status, headers: HTTPHeaders(), body: Array(recording.bodyRaw.utf8))
  }

  static func code(_ name: String) throws -> StoreError.Code? {
    do {
      _ = try GraphQLClient.read(try answer(name), of: GiftCardCreate.self)
      return nil
    } catch let error as StoreError {
      return error.code
    }
  }

  @Test func aCardThatWasMadeIsRead() throws {
    let payload = try GraphQLClient.read(
      Self.answer("giftCardCreate-ok-explicit-code"), of: GiftCardCreate.self
    ).giftCardCreate
    let card = try #require(try payload.giftCard?.giftCard())
    #expect(card.id == "R2lmdENhcmQ6MTI=")
    #expect(card.isActive)
    #expect(card.initialBalance.description == "10 USD")
    #expect(payload.errors.isEmpty)
  }

  @Test func aTakenCodeIsToldByItsField() throws {
    let error = try #require(
      try GraphQLClient.read(
        Self.answer("giftCardCreate-err-duplicate-code"), of: GiftCardCreate.self
      ).giftCardCreate.errors.first)
    #expect(error.field == "code")
    #expect(error.code == "ALREADY_EXISTS")
  }

  @Test(arguments: [
    ("auth-bad-token-giftCardCreate", StoreError.Code.permissionDenied),
    ("auth-missing-permission-giftCardCreate", .permissionDenied),
    ("giftCardCreate-err-long-tag", .internalError),
    ("giftCardCreate-err-negative-amount", .invalidRequest),
    ("giftCardCreate-err-missing-isActive", .invalidRequest),
    ("malformed-query", .invalidRequest),
    ("db-down-giftCardCreate", .unavailable),
  ])
  func failuresAreToldApart(name: String, code: StoreError.Code) throws {
    #expect(try Self.code(name) == code)
  }

  @Test func onlyAMalformedRequestIsHopeless() {
    #expect(!StoreError(.invalidRequest, "").isRetryable)
    for code in [
      StoreError.Code.unreachable, .unavailable, .internalError, .permissionDenied,
      .unexpectedAnswer,
    ] {
      #expect(StoreError(code, "").isRetryable)
    }
  }

  @Test func aRefusalDoesNotShowTheCode() throws {
    let code = "ABCDEFGH23456789"
    let operation = GiftCardCreate(
      input: .init(
        isActive: true, balance: .init(amount: "10", currency: "USD"), code: code,
        expiryDate: nil, metadata: nil, privateMetadata: nil, note: nil))
    // The code stands where the cut is made: half of it would be too much as well.
    let message = String(repeating: "-", count: 195) + code + " is no code"
    let body = """
      {"data": {"giftCardCreate": {"giftCard": null, "errors": [
      {"field": "code", "code": "INVALID", "message": "\(message)"}]}}}
      """
    let answer = HTTPResponse(status: 200, headers: HTTPHeaders(), body: Array(body.utf8))
    let error = try #require(
      try GraphQLClient.read(answer, of: GiftCardCreate.self).giftCardCreate.errors.first)
    let summary = error.summary(hiding: operation.secrets)
    #expect(summary.hasPrefix("code INVALID: ---"))
    #expect(summary.hasSuffix("-*** i"))
    #expect(!summary.contains("ABC"))
  }

  @Test func aMissingCardIsAnEmptyList() throws {
    let connection = try GraphQLClient.read(
      Self.answer("giftCards-filter-code-miss"), of: GiftCardByCode.self
    ).giftCards
    #expect(connection?.edges.isEmpty == true)
  }

  @Test func anOrderIsReadWithItsCode() throws {
    let order = try #require(
      try GraphQLClient.read(Self.answer("order-by-id"), of: OrderQuery.self).order?.order())
    #expect(order.number == "22")
    #expect(order.status == .unfulfilled)
    #expect(order.isPaid == false)
    #expect(order.chargeStatus == .none)
    #expect(order.userID != nil)
    #expect(order.origin == .checkout)
    #expect(order.subtotal == 40)
    #expect(order.totalCharged == 0)
    #expect(order.spending.amount == 0)
    #expect(order.createdAt == StoreTime.date("2026-11-21T08:02:34.524588Z"))
    #expect(
      try GraphQLClient.read(Self.answer("order-by-id-missing"), of: OrderQuery.self).order == nil)
  }

  @Test(arguments: [
    (301, "", StoreError.Code.unexpectedAnswer), (404, "<html>", .unexpectedAnswer),
    (200, "<html>", .unexpectedAnswer), (200, "{}", .unexpectedAnswer),
    (200, #"{"data":{"giftCardCreate":null}}"#, .unexpectedAnswer), (429, "", .unexpectedAnswer),
    (502, "", .unavailable), (400, "Bad Request", .unexpectedAnswer),
  ])
  func otherAnswersAreErrorsToo(status: Int, body: String, code: StoreError.Code) {
    let response = HTTPResponse(
      status: status, headers: HTTPHeaders(), body: Array(body.utf8))
    #expect {
      try GraphQLClient.read(response, of: GiftCardCreate.self)
    } throws: { error in
      (error as? StoreError)?.code == code
    }
  }
}

/// The recordings of the repository.
enum Fixtures {
  /// The path of a file under `Fixtures`.
  static func path(_ name: String) -> String {
    let here = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return (here.dropLast(3) + ["Fixtures", Substring(name)]).joined(separator: "/")
  }
}
