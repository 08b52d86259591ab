/// One SQL statement and the values bound to it.
///
/// A query is written as a string literal, and each `\(value)` in it becomes `$1`, `$2` and so on
/// with the value sent apart from the text. The text itself can only come from literals in the
/// source (`StaticString`), so a statement glued together from input does not compile:
///
///     let query: Query = "SELECT id FROM referral_codes WHERE code = \(code)"
package struct Query: ExpressibleByStringInterpolation, Sendable {
  /// Where a bound value lies in the query's buffer.
  package struct Bind: Hashable, Sendable {
    /// The type that the server is told.
    package let type: PostgresType
    /// The first byte of the value.
    let offset: Int
    /// The length in bytes; nil is NULL.
    package let length: Int?
  }

  /// The statement, with `$n` in place of the values.
  package let sql: String
  /// The values, in the order of their numbers.
  package let binds: [Bind]
  /// The bytes of all values, one after the other, so that binding many costs one buffer.
  let bytes: [UInt8]
  /// Why this query cannot be sent, when a value could not be encoded.
  let fault: PostgresError?

  /// The query of a literal without values.
  package init(stringLiteral value: StaticString) { self.init(text: value.description) }

  /// The query of a literal with values.
  package init(stringInterpolation interpolation: StringInterpolation) {
    sql = interpolation.sql
    binds = interpolation.binds
    bytes = interpolation.bytes
    fault = interpolation.fault
  }

  /// A statement that is not a literal, such as one read from a migration. Never pass input.
  package init(text: String) {
    sql = text
    binds = []
    bytes = []
    fault = nil
  }

  /// Collects the parts of a literal. The compiler calls it.
  package struct StringInterpolation: StringInterpolationProtocol {
    /// The text so far, with `$n` in place of the values.
    fileprivate var sql = ""
    /// The values so far.
    fileprivate var binds: [Bind] = []
    /// The bytes of the values so far.
    fileprivate var bytes: [UInt8] = []
    /// Why the first value that cannot be sent cannot.
    fileprivate var fault: PostgresError?

    /// Room for the given number of parts.
    package init(literalCapacity: Int, interpolationCount: Int) {
      sql.reserveCapacity(literalCapacity + 3 * interpolationCount)
      binds.reserveCapacity(interpolationCount)
    }

    /// Takes over a piece of the source's text.
    package mutating func appendLiteral(_ literal: StaticString) {
      if literal.utf8CodeUnitCount > 0 { sql += literal.description }
    }

    /// Binds a value.
    package mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value) {
      bind(value)
    }

    /// Binds a value, or NULL.
    package mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
      bind(value)
    }

    private mutating func bind<Value: PostgresEncodable>(_ value: Value?) {
      let offset = bytes.count
      if let value {
        let size = value.encodedSize
        // Small values are left to the array's own growth; a large one gets its room at once.
        if size > 1024 { bytes.reserveCapacity(offset + size) }
        do throws(PostgresError) {
          try value.encode(into: &bytes)
          if bytes.count - offset > Int32.max {
            throw PostgresError(.encoding, "a value is larger than 2 GB")
          }
        } catch {
          if fault == nil { fault = error }
        }
      }
      let length = value == nil ? nil : bytes.count - offset
      binds.append(Bind(type: Value.postgresType, offset: offset, length: length))
      sql += "$\(binds.count)"
      if binds.count > UInt16.max, fault == nil {
        fault = PostgresError(.encoding, "a query has more than 65535 values")
      }
    }
  }
}
