import CPostgres
import Glibc

/// One row of an answer, lent to a closure. It cannot be copied, so it cannot outlive the answer
/// whose memory it reads.
@safe package struct Row: ~Copyable {
  private let result: OpaquePointer
  private let number: Int32

  /// The row with this number, which must exist, of an answer that outlives the row.
  init(_ result: borrowing ResultSet, number: Int) {
    unsafe self.result = result.pointer
    self.number = Int32(number)
  }

  /// Reads the first column of this name, as an optional type where it may be NULL. Throws
  /// `decoding` when there is no such column, when its type is not one that `T` is read from, and
  /// when the value does not fit. The error names the column and never the value.
  package func decode<T: PostgresDecodable>(
    _ column: String, as type: T.Type = T.self
  ) throws(PostgresError) -> T {
    let count = unsafe PQnfields(result)
    // Compared as they are written: PQfnumber would fold the case and allocate for each value.
    let index = unsafe column.withCString { name in
      for candidate in 0..<count {
        if let other = unsafe PQfname(result, candidate), unsafe strcmp(name, other) == 0 {
          return candidate as Int32?
        }
      }
      return nil
    }
    guard let index else { throw PostgresError(.decoding, "there is no column \(column)") }
    return try decode(at: index)
  }

  /// Reads the column at this place, counted from 0. Throws as the other one does.
  package func decode<T: PostgresDecodable>(
    _ column: Int, as type: T.Type = T.self
  ) throws(PostgresError) -> T {
    guard column >= 0, unsafe column < PQnfields(result) else {
      throw PostgresError(.decoding, "there is no column at \(column)")
    }
    return try decode(at: Int32(column))
  }

  private func decode<T: PostgresDecodable>(at index: Int32) throws(PostgresError) -> T {
    do throws(PostgresError) {
      let type = PostgresType(rawValue: unsafe PQftype(result, index))
      guard T.accepts(type) else {
        throw PostgresError(.decoding, "has type \(type.rawValue), not one for \(T.self)")
      }
      if unsafe PQgetisnull(result, number, index) == 1 { return try T.decodeNull() }
      let length = Int(unsafe PQgetlength(result, number, index))
      let start = unsafe UnsafeRawPointer(PQgetvalue(result, number, index))
      let bytes = unsafe Span<UInt8>(
        _unsafeBytes: UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : length))
      return try T.decode(bytes, type: type)
    } catch {
      let name = unsafe PQfname(result, index).map { unsafe String(cString: $0) } ?? "\(index)"
      throw PostgresError(.decoding, "column \(name) \(error.message)")
    }
  }
}
