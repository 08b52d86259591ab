import FoundationEssentials
import Postgres
import Testing

/// Sums of money: exact in both directions, at any size that a Decimal can hold.
@Suite struct DecimalTests {
  private static let texts = [
    "0", "0.00", "1", "-1", "10", "10000", "100000000", "12.30", "-0.01", "9999", "9999.9999",
    "10000.0001", "0.0001", "0.00012", "0.00000000000000000001", "1000000000000000000000000000000",
    "12345678901234567890123456789012345678", "-99999999999999999999999999999999999999",
    "0.12345678901234567890123456789012345678", "-12345678901234567890.123456789012345678",
    "340282366920938463463374607431768211455",
  ]

  @Test(arguments: texts) func roundTrip(_ text: String) async throws {
    let value = try #require(Decimal(string: text))
    try await TestDatabase.withConnection { connection in
      let answer = try await connection.first(
        "SELECT \(value) AS value, \(text)::numeric AS parsed, \(value) = \(text)::numeric AS same"
      ) { row in
        (
          try row.decode("value", as: Decimal.self), try row.decode("parsed", as: Decimal.self),
          try row.decode("same", as: Bool.self)
        )
      }
      #expect(answer?.0 == value)
      #expect(answer?.1 == value)
      #expect(answer?.2 == true)
    }
  }

  @Test func arrays() async throws {
    let values = try Self.texts.map { try #require(Decimal(string: $0)) }
    let back = try await TestDatabase.withConnection { connection in
      try await connection.first("SELECT \(values), \(values + [nil])") { row in
        (try row.decode(0, as: [Decimal].self), try row.decode(1, as: [Decimal?].self))
      }
    }
    #expect(back?.0 == values)
    #expect(back?.1 == values + [nil])
  }

  @Test func exponents() async throws {
    try await TestDatabase.withConnection { connection in
      for exponent in -128...127 {
        for sign in [FloatingPointSign.plus, .minus] {
          let value = Decimal(sign: sign, exponent: exponent, significand: 70_203)
          let power = "70203e\(exponent)"
          let answer = try await connection.first(
            "SELECT \(value), abs(\(value)) = \(power)::numeric"
          ) { (try $0.decode(0, as: Decimal.self), try $0.decode(1, as: Bool.self)) }
          #expect(answer?.0 == value)
          #expect(answer?.1 == true)
        }
      }
    }
  }

  @Test(arguments: [
    "NaN", "Infinity", "-Infinity", "1e128", "1e-129",
    "1234567890123456789012345678901234567890123", "340282366920938463463374607431768211456.1",
  ])
  func refused(_ text: String) async throws {
    try await TestDatabase.withConnection { connection in
      let error = await postgresError {
        try await connection.first("SELECT \(text)::numeric AS sum") {
          try $0.decode("sum", as: Decimal.self)
        }
      }
      #expect(error?.code == .decoding)
      #expect(error?.message.hasPrefix("column sum ") == true)
    }
  }

  @Test func notANumberIsNotSent() async throws {
    let error = try await TestDatabase.withConnection { connection in
      await postgresError { try await connection.execute("SELECT \(Decimal.nan)") }
    }
    #expect(error?.code == .encoding)
  }
}
