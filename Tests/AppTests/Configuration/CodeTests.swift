import HTTPTransport
import Postgres
import Testing

@Suite struct CodeTests {
  static func wish(_ user: String, _ email: String = "a@example.com", code: String? = nil) -> String
  {
    let code = code.map { #", "code": "\#($0)""# } ?? ""
    return #"{"user_id": "\#(user)", "email": "\#(email)"\#(code)}"#
  }

  @Test func aUserHasOneCode() async throws {
    try await TestShop.open { shop async throws in
      let first = try await shop.issueCode(Self.wish("VXNlcjox"))
      #expect(first.status == 201)
      #expect(first.json["code"]?.count == 8)
      #expect(first.json["user_id"] == "VXNlcjox")
      #expect(first.json["status"] == "active")
      let again = try await shop.issueCode(Self.wish("VXNlcjox", code: "OTHER"))
      #expect(again.status == 200)
      #expect(again.json["code"] == first.json["code"])
      let second = try await shop.issueCode(Self.wish("VXNlcjoy"))
      #expect(second.status == 201)
      #expect(second.json["code"] != first.json["code"])
    }
  }

  @Test func aWishedCodeIsTakenIfFree() async throws {
    try await TestShop.open { shop async throws in
      let mine = try await shop.issueCode(Self.wish("VXNlcjox", code: " summer26 "))
      #expect(mine.status == 201)
      #expect(mine.json["code"] == "SUMMER26")
      let taken = try await shop.issueCode(Self.wish("VXNlcjoy", code: "SUMMER26"))
      #expect(taken.status == 409)
      #expect(taken.json["code"] == "code_taken")
      #expect(try await shop.count("SELECT count(*) FROM referral_codes") == 1)
    }
  }

  @Test func badInputIsSaidAndChangesNothing() async throws {
    try await TestShop.open { shop async throws in
      for body in [
        "", "null", "[]", "{}", #"{"user_id": 7, "email": "a@example.com"}"#, Self.wish(""),
        Self.wish("  "), Self.wish("VXNlcjox", "no address"), Self.wish("VXNlcjox", code: "abc"),
        Self.wish("VXNlcjox", code: "12345678901234567"), Self.wish("VXNlcjox", code: "a b c d"),
        Self.wish(#"a\u0000b"#), Self.wish(String(repeating: "a", count: 300)),
        Self.wish("User:1"), Self.wish("T3JkZXI6MQ=="), Self.wish("VXNlcjox="),
        Self.wish("VXNlcjo="), Self.wish("VXNlcjphbGljZQ=="),
      ] {
        let answer = try await shop.issueCode(body)
        #expect(answer.status == 400, "\(body)")
        #expect(answer.json["detail"]?.isEmpty == false, "\(body)")
        #expect(answer.headers.first("Content-Type") == "application/problem+json")
      }
      let huge = String(repeating: "a", count: 1 << 20)
      #expect(try await shop.issueCode(Self.wish(huge)).status == 413)
      #expect(try await shop.count("SELECT count(*) FROM referral_codes") == 0)
    }
  }

  @Test func onlyTheAdminKeyOpens() async throws {
    try await TestShop.open { shop async throws in
      for key in [nil, "", "wrong", TestShop.adminKey + "x", String(TestShop.adminKey.dropLast())] {
        let answer = try await shop.issueCode(Self.wish("VXNlcjox"), key: key)
        #expect(answer.status == 401)
        #expect(answer.headers.first("WWW-Authenticate") == "Bearer")
      }
      #expect(try await shop.count("SELECT count(*) FROM referral_codes") == 0)
      #expect(try await shop.get("/nowhere").status == 404)
    }
  }

  @Test func manyAtOnceForOneUserAreOneCode() async throws {
    try await TestShop.open { shop async throws in
      let answers = try await withThrowingTaskGroup(of: TestAnswer.self) { group in
        for _ in 0..<40 { group.addTask { try await shop.issueCode(Self.wish("VXNlcjox")) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.count { $0.status == 201 } == 1)
      #expect(answers.count { $0.status == 200 } == 39)
      #expect(Set(answers.map { $0.json["code"] }).count == 1)
    }
  }
}
