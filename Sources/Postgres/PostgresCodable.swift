/// A value that can be bound to a query, in PostgreSQL's binary format.
package protocol PostgresEncodable {
  /// The server's type of this value.
  static var postgresType: PostgresType { get }
  /// How many bytes `encode` is expected to append; used to reserve room once.
  var encodedSize: Int { get }
  /// Appends the value, without a length. Throws `encoding` for a value that the server's type
  /// cannot hold.
  func encode(into bytes: inout [UInt8]) throws(PostgresError)
}

/// A value that can be read from a column, in PostgreSQL's binary format.
package protocol PostgresDecodable {
  /// Whether a column of this type can be read as `Self`.
  static func accepts(_ type: PostgresType) -> Bool
  /// Reads the value. Called only for a type that is accepted. Throws `decoding`.
  static func decode(_ bytes: Span<UInt8>, type: PostgresType) throws(PostgresError) -> Self
  /// What NULL is read as. Throws `decoding` unless `Self` is optional.
  static func decodeNull() throws(PostgresError) -> Self
}

extension PostgresDecodable {
  /// NULL is a value of optional types only.
  package static func decodeNull() throws(PostgresError) -> Self {
    throw PostgresError(.decoding, "is NULL, which \(Self.self) cannot be")
  }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
  /// The same types as the wrapped type.
  package static func accepts(_ type: PostgresType) -> Bool { Wrapped.accepts(type) }

  /// Reads the wrapped value.
  package static func decode(
    _ bytes: Span<UInt8>, type: PostgresType
  ) throws(PostgresError) -> Wrapped? {
    try Wrapped.decode(bytes, type: type)
  }

  /// NULL is nil.
  package static func decodeNull() throws(PostgresError) -> Wrapped? { nil }
}

/// A value of one column that can also stand in an array.
package protocol PostgresScalar: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
  /// The server's type of an array of this type.
  static var postgresArrayType: PostgresType { get }
}

// MARK: Bytes in network order

extension [UInt8] {
  /// Appends an integer in network byte order.
  mutating func append<T: FixedWidthInteger>(bigEndian value: T) {
    unsafe Swift.withUnsafeBytes(of: value.bigEndian) { unsafe append(contentsOf: $0) }
  }

  /// Writes a 32-bit integer in network byte order over the four bytes at `offset`.
  mutating func overwrite(at offset: Int, bigEndian value: Int32) {
    for index in 0..<4 {
      self[offset + index] = UInt8(truncatingIfNeeded: value >> (24 - 8 * index))
    }
  }
}

extension Span<UInt8> {
  /// The integer in network byte order at `offset`. Throws `decoding` past the end.
  func integer<T: FixedWidthInteger>(
    at offset: Int, as type: T.Type = T.self
  ) throws(PostgresError) -> T {
    let width = T.bitWidth / 8
    guard offset >= 0, offset <= count - width else {
      throw PostgresError(.decoding, "is shorter than its type requires")
    }
    var value: T = 0
    for index in offset..<(offset + width) {
      value = value << 8 | T(truncatingIfNeeded: self[index])
    }
    return value
  }

  /// The whole value as one integer. Throws `decoding` when the length differs.
  func integer<T: FixedWidthInteger>(as type: T.Type = T.self) throws(PostgresError) -> T {
    guard count == T.bitWidth / 8 else {
      throw PostgresError(.decoding, "has \(count) bytes where \(T.bitWidth / 8) are expected")
    }
    return try integer(at: 0)
  }
}
