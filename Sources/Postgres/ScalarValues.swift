import CPostgres
package import FoundationEssentials
import Glibc

// How Swift's plain values travel as PostgreSQL's. The formats are those of the server's
// type_send and type_recv functions, which have been stable since protocol 3.

extension Bool: PostgresScalar {
  /// `bool`.
  package static var postgresType: PostgresType { .bool }
  /// `bool[]`.
  package static var postgresArrayType: PostgresType { .boolArray }
  /// One byte.
  package var encodedSize: Int { 1 }
  /// Appends 0 or 1.
  package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
    bytes.append(self ? 1 : 0)
  }
  /// `bool` only.
  package static func accepts(_ type: PostgresType) -> Bool { type == .bool }
  /// Reads one byte.
  package static func decode(
    _ bytes: Span<UInt8>, type: PostgresType
  ) throws(PostgresError) -> Bool { try bytes.integer(as: UInt8.self) != 0 }
}

/// The signed integers. Reading widens from any of `int2`, `int4`, `int8`, and narrows only a
/// value that fits.
package protocol PostgresInteger: PostgresScalar, FixedWidthInteger, SignedInteger {}

extension PostgresInteger {
  /// The width of the integer.
  package var encodedSize: Int { Self.bitWidth / 8 }
  /// Appends the integer in network byte order.
  package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
    bytes.append(bigEndian: self)
  }
  /// Any integer type.
  package static func accepts(_ type: PostgresType) -> Bool {
    type == .int8 || type == .int4 || type == .int2
  }
  /// Reads an integer; throws `decoding` when it does not fit into `Self`.
  package static func decode(
    _ bytes: Span<UInt8>, type: PostgresType
  ) throws(PostgresError) -> Self {
    let wide: Int64 =
      switch type {
      case .int2: Int64(try bytes.integer(as: Int16.self))
      case .int4: Int64(try bytes.integer(as: Int32.self))
      default: try bytes.integer(as: Int64.self)
      }
    guard let value = Self(exactly: wide) else {
      throw PostgresError(.decoding, "is out of the range of \(Self.self)")
    }
    return value
  }
}

extension Int16: PostgresInteger {
  /// `int2`.
  package static var postgresType: PostgresType { .int2 }
  /// `int2[]`.
  package static var postgresArrayType: PostgresType { .int2Array }
}

extension Int32: PostgresInteger {
  /// `int4`.
  package static var postgresType: PostgresType { .int4 }
  /// `int4[]`.
  package static var postgresArrayType: PostgresType { .int4Array }
}

extension Int64: PostgresInteger {
  /// `int8`.
  package static var postgresType: PostgresType { .int8 }
  /// `int8[]`.
  package static var postgresArrayType: PostgresType { .int8Array }
}

extension Int: PostgresInteger {
  /// `int8`.
  package static var postgresType: PostgresType { .int8 }
  /// `int8[]`.
  package static var postgresArrayType: PostgresType { .int8Array }
}

extension String: PostgresScalar {
  /// `text`.
  package static var postgresType: PostgresType { .text }
  /// `text[]`.
  package static var postgresArrayType: PostgresType { .textArray }
  /// The length in UTF-8.
  package var encodedSize: Int { utf8.count }

  /// Appends UTF-8. Throws `encoding` for a text with U+0000, which PostgreSQL cannot store.
  package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
    let start = bytes.count
    bytes.append(contentsOf: utf8)
    let hasNull = unsafe bytes.withUnsafeBytes { buffer in
      let text = unsafe UnsafeRawBufferPointer(rebasing: buffer[start...])
      guard let base = text.baseAddress else { return false }
      return unsafe memchr(base, 0, text.count) != nil
    }
    if hasNull {
      throw PostgresError(.encoding, "a text contains U+0000, which PostgreSQL cannot store")
    }
  }

  /// The types whose binary form is the text itself.
  package static func accepts(_ type: PostgresType) -> Bool {
    switch type {
    case .text, .varchar, .bpchar, .name, .char, .unknown: true
    default: false
    }
  }

  /// Reads UTF-8; throws `decoding` for bytes that are not.
  package static func decode(
    _ bytes: Span<UInt8>, type: PostgresType
  ) throws(PostgresError) -> String {
    let text = unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe String(validating: buffer, as: UTF8.self)
    }
    guard let text else { throw PostgresError(.decoding, "is not valid UTF-8") }
    return text
  }
}

/// A JSON document as its text, bound as `jsonb`. PostgreSQL checks it; Swift does not.
package struct JSONText: Hashable, Sendable {
  /// The document.
  package var text: String

  /// Wraps a document.
  package init(_ text: String) { self.text = text }
}

extension JSONText: PostgresScalar {
  /// `jsonb`.
  package static var postgresType: PostgresType { .jsonb }
  /// `jsonb[]`.
  package static var postgresArrayType: PostgresType { .jsonbArray }
  /// The text and one byte for the version of the format.
  package var encodedSize: Int { 1 + text.utf8.count }
  /// Appends version 1 and the text.
  package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
    bytes.append(1)
    try text.encode(into: &bytes)
  }
  /// `jsonb` and `json`.
  package static func accepts(_ type: PostgresType) -> Bool { type == .jsonb || type == .json }
  /// Reads the text; throws `decoding` for an unknown version of `jsonb`.
  package static func decode(
    _ bytes: Span<UInt8>, type: PostgresType
  ) throws(PostgresError) -> JSONText {
    guard type == .jsonb else { return JSONText(try String.decode(bytes, type: type)) }
    guard try bytes.integer(at: 0, as: UInt8.self) == 1 else {
      throw PostgresError(.decoding, "is jsonb of an unknown version")
    }
    return JSONText(try String.decode(bytes.extracting(1...), type: .text))
  }
}

extension UUID: PostgresScalar {
  /// `uuid`.
  package static var postgresType: PostgresType { .uuid }
  /// `uuid[]`.
  package static var postgresArrayType: PostgresType { .uuidArray }
  /// Sixteen bytes.
  package var encodedSize: Int { 16 }
  /// Appends the sixteen bytes.
  package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
    unsafe withUnsafeBytes(of: uuid) { unsafe bytes.append(contentsOf: $0) }
  }
  /// `uuid` only.
  package static func accepts(_ type: PostgresType) -> Bool { type == .uuid }
  /// Reads sixteen bytes.
  package static func decode(
    _ bytes: Span<UInt8>, type: PostgresType
  ) throws(PostgresError) -> UUID {
    let high = try bytes.integer(at: 0, as: UInt64.self).bigEndian
    let low = try bytes.extracting(8...).integer(as: UInt64.self).bigEndian
    return UUID(uuid: unsafe unsafeBitCast((high, low), to: uuid_t.self))
  }
}

extension Date: PostgresScalar {
  /// Seconds from PostgreSQL's epoch (2000-01-01) to Foundation's (2001-01-01).
  private static var epochOffset: Int64 { 366 * 86_400 }
  /// `timestamptz`.
  package static var postgresType: PostgresType { .timestamptz }
  /// `timestamptz[]`.
  package static var postgresArrayType: PostgresType { .timestamptzArray }
  /// Eight bytes.
  package var encodedSize: Int { 8 }

  /// Appends microseconds since 2000-01-01, rounded. Throws `encoding` outside 4713 BC to
  /// 294276 AD, the years of `timestamptz`.
  package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
    let microseconds = (timeIntervalSinceReferenceDate * 1_000_000).rounded()
    // The server's limits (datatype/timestamp.h), which lie well inside Int64.
    guard let value = Int64(exactly: microseconds),
      case let (shifted, false) = value.addingReportingOverflow(Self.epochOffset * 1_000_000),
      (-211_813_488_000_000_000..<9_223_371_331_200_000_000).contains(shifted)
    else { throw PostgresError(.encoding, "a date is outside the years of timestamptz") }
    bytes.append(bigEndian: shifted)
  }

  /// `timestamptz` only: a `timestamp` without a zone is no point in time.
  package static func accepts(_ type: PostgresType) -> Bool { type == .timestamptz }

  /// Reads microseconds since 2000-01-01; throws `decoding` for infinity.
  package static func decode(
    _ bytes: Span<UInt8>, type: PostgresType
  ) throws(PostgresError) -> Date {
    let microseconds = try bytes.integer(as: Int64.self)
    guard microseconds != .max, microseconds != .min else {
      throw PostgresError(.decoding, "is an infinite timestamp")
    }
    let sinceReference = microseconds - Self.epochOffset * 1_000_000
    return Date(timeIntervalSinceReferenceDate: Double(sinceReference) / 1_000_000)
  }
}
