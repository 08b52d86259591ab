import FoundationEssentials
import Postgres
import Testing

/// Each type there and back through the server, which also says how it understood the value.
@Suite struct ValueTests {
  /// Sends the values one by one and reads them back, with their text as the server writes it.
  private func roundTrip<Value: PostgresScalar & Equatable & Sendable>(
    _ values: [Value], texts: [String]? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    try await TestDatabase.withConnection { connection in
      for (index, value) in values.enumerated() {
        let back = try await connection.first("SELECT \(value), (\(value))::text") { row in
          (try row.decode(0, as: Value.self), try row.decode(1, as: String.self))
        }
        #expect(back?.0 == value, sourceLocation: sourceLocation)
        if let texts { #expect(back?.1 == texts[index], sourceLocation: sourceLocation) }
      }
      let none: Value? = nil
      let null = try await connection.first("SELECT \(none) AS none") {
        try $0.decode("none", as: Value?.self)
      }
      #expect(null == .some(.none), sourceLocation: sourceLocation)
      let back = try await connection.first("SELECT \(values)") {
        try $0.decode(0, as: [Value].self)
      }
      #expect(back == values, sourceLocation: sourceLocation)
      let withNulls = values.map(Optional.some) + [nil]
      let backWithNulls = try await connection.first("SELECT \(withNulls)") {
        try $0.decode(0, as: [Value?].self)
      }
      #expect(backWithNulls == withNulls, sourceLocation: sourceLocation)
      let empty = try await connection.first("SELECT \([Value]())") {
        try $0.decode(0, as: [Value].self)
      }
      #expect(empty == [], sourceLocation: sourceLocation)
    }
  }

  @Test func booleans() async throws {
    try await roundTrip([true, false], texts: ["true", "false"])
  }

  @Test func integers() async throws {
    try await roundTrip([Int16.min, -1, 0, .max], texts: ["-32768", "-1", "0", "32767"])
    try await roundTrip([Int32.min, 0, .max], texts: ["-2147483648", "0", "2147483647"])
    try await roundTrip(
      [Int64.min, 0, .max], texts: ["-9223372036854775808", "0", "9223372036854775807"])
    try await roundTrip([Int.min, -7, .max])
  }

  @Test func integersWidenAndAreCheckedWhenNarrowed() async throws {
    try await TestDatabase.withConnection { connection in
      let values = try await connection.first("SELECT 7::int2, 8::int4, 9::int8") { row in
        [
          try row.decode(0, as: Int.self), try row.decode(1),
          Int(try row.decode(2, as: Int16.self)),
        ]
      }
      #expect(values == [7, 8, 9])
      let error = await postgresError {
        try await connection.first("SELECT 2147483648 AS large") {
          try $0.decode("large", as: Int32.self)
        }
      }
      #expect(error?.code == .decoding)
      #expect(error?.message == "column large is out of the range of Int32")
    }
  }

  @Test func texts() async throws {
    let texts = [
      "", "plain", "quote ' \" \\ $1", "żółć 🌿 e\u{301}", String(repeating: "x", count: 70_000),
    ]
    try await roundTrip(texts, texts: texts)
    let types = try await TestDatabase.withConnection { connection in
      try await connection.first(
        #"SELECT 'a'::varchar, 'b'::name, 'c'::char(3), 'd'::"char", 'e'"#
      ) { row in try (0..<5).map { try row.decode($0, as: String.self) } }
    }
    #expect(types == ["a", "b", "c  ", "d", "e"])
  }

  @Test func bytes() async throws {
    try await roundTrip(
      [[], [0], Array(0...255)] as [[UInt8]],
      texts: [
        "\\x", "\\x00",
        "\\x"
          + (0...255).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
          }.joined(),
      ])
  }

  @Test func fiveMegabytes() async throws {
    let body = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    let back = try await TestDatabase.withConnection { connection in
      try await connection.first("SELECT \(body), \([body, body]), length(\(body))") { row in
        (
          try row.decode(0, as: [UInt8].self), try row.decode(1, as: [[UInt8]].self),
          try row.decode(2, as: Int.self)
        )
      }
    }
    #expect(back?.0 == body)
    #expect(back?.1 == [body, body])
    #expect(back?.2 == 5_000_000)
  }

  @Test func uuids() async throws {
    let known = try #require(UUID(uuidString: "0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0"))
    try await roundTrip([known], texts: ["0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"])
    try await roundTrip([UUID(), UUID()])
  }

  @Test func json() async throws {
    try await roundTrip([JSONText(#"{"a": [1, "ż"]}"#), JSONText("null")])
    let plain = try await TestDatabase.withConnection { connection in
      try await connection.first(#"SELECT '{ "a":1}'::json"#) {
        try $0.decode(0, as: JSONText.self)
      }
    }
    #expect(plain == JSONText(#"{ "a":1}"#))
  }

  @Test func dates() async throws {
    let dates = [0, 0.000001, -0.000001, 815_000_000.123456, -1_000_000_000.5, 31_622_400]
      .map(Date.init(timeIntervalSinceReferenceDate:))
    try await roundTrip(
      dates,
      texts: [
        "2001-01-01 00:00:00+00", "2001-01-01 00:00:00.000001+00", "2000-12-31 23:59:59.999999+00",
        "2026-10-29 20:53:20.123456+00", "1969-04-24 22:13:19.5+00", "2002-01-02 00:00:00+00",
      ])
    try await roundTrip([Date.distantPast, Date.distantFuture])
  }

  @Test func datesThatAreNoDates() async throws {
    try await TestDatabase.withConnection { connection async throws in
      for sign in [1, -1] {
        let error = await postgresError {
          try await connection.first(
            "SELECT CASE WHEN \(sign) > 0 THEN 'infinity' ELSE '-infinity' END::timestamptz AS at"
          ) { try $0.decode("at", as: Date.self) }
        }
        #expect(error?.code == .decoding)
        #expect(error?.message == "column at is an infinite timestamp")
      }
      for seconds in [Double.nan, .infinity, 1e13, -1e13, 1e300] {
        let date = Date(timeIntervalSinceReferenceDate: seconds)
        let error = await postgresError { try await connection.execute("SELECT \(date)") }
        #expect(error?.code == .encoding)
      }
      #expect(try await connection.execute("SELECT 1") == 1)
    }
  }

  @Test func typesAreChecked() async throws {
    try await TestDatabase.withConnection { connection in
      let codes = try await connection.first("SELECT 1 AS n, NULL::text AS t, now() AS at") { row in
        func message(_ body: () throws -> Void) -> String {
          do {
            try body()
            return "nothing thrown"
          } catch { return (error as? PostgresError)?.message ?? "another error" }
        }
        return [
          message { _ = try row.decode("n", as: String.self) },
          message { _ = try row.decode("t", as: String.self) },
          message { _ = try row.decode("at", as: Int.self) },
          message { _ = try row.decode("N", as: Int.self) },
          message { _ = try row.decode(3, as: Int.self) },
          message { _ = try row.decode(-1, as: Int.self) },
          message { _ = try row.decode("n", as: [Int].self) },
        ]
      }
      #expect(
        codes == [
          "column n has type 23, not one for String",
          "column t is NULL, which String cannot be",
          "column at has type 1184, not one for Int",
          "there is no column N", "there is no column at 3", "there is no column at -1",
          "column n has type 23, not one for Array<Int>",
        ])
    }
  }

  @Test func arraysThatDoNotFit() async throws {
    try await TestDatabase.withConnection { connection in
      let matrix = await postgresError {
        try await connection.first("SELECT ARRAY[[1,2],[3,4]] AS m") {
          try $0.decode("m", as: [Int].self)
        }
      }
      #expect(matrix?.message == "column m has 2 dimensions where one is expected")
      let null = await postgresError {
        try await connection.first("SELECT ARRAY[1,NULL] AS a") {
          try $0.decode("a", as: [Int].self)
        }
      }
      #expect(null?.message == "column a is NULL, which Int cannot be")
      let whole = try await connection.first("SELECT NULL::int[] AS a, ARRAY['x'::varchar] AS v") {
        row in
        (try row.decode("a", as: [Int]?.self), try row.decode("v", as: [String].self))
      }
      #expect(whole?.0 == nil)
      #expect(whole?.1 == ["x"])
    }
  }
}
