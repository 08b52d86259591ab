import CPostgres

/// The server's answer to one statement; frees libpq's memory when it goes out of scope.
@safe struct ResultSet: ~Copyable {
  /// libpq's handle, never null.
  let pointer: OpaquePointer

  /// Takes over a handle.
  init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

  deinit { unsafe PQclear(pointer) }

  /// The kind of answer.
  var status: ExecStatusType { unsafe PQresultStatus(pointer) }

  /// How many rows came back.
  var rowCount: Int { Int(unsafe PQntuples(pointer)) }

  /// How many rows a statement changed or returned; 0 for those that do neither.
  var affectedRows: Int {
    unsafe PQcmdTuples(pointer).flatMap { unsafe Int(String(cString: $0)) } ?? 0
  }

  /// The command that was done, such as `COMMIT`.
  var command: String {
    unsafe PQcmdStatus(pointer).map { unsafe String(cString: $0) } ?? ""
  }

  /// Reads every row.
  func map<T>(_ decode: (borrowing Row) throws -> T) throws -> [T] {
    var values: [T] = []
    let count = rowCount
    values.reserveCapacity(count)
    for number in 0..<count { values.append(try decode(Row(self, number: number))) }
    return values
  }

  /// The error that the server reports, or nil when the statement was done.
  var error: PostgresError? {
    switch status {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return nil
    case PGRES_FATAL_ERROR: break
    default:
      return PostgresError(.protocolViolation, "the statement is of a kind that is not supported")
    }
    // Without a SQLSTATE it is libpq that speaks, and it speaks of the connection.
    guard let sqlState = field(diagnostic_sqlstate) else {
      return PostgresError(.connectionLost, "the connection to the server was lost")
    }
    return PostgresError(
      .server(sqlState: sqlState),
      Self.withoutValues(field(diagnostic_message) ?? "no message", sqlState: sqlState),
      sqlState: sqlState, constraint: field(diagnostic_constraint),
      table: field(diagnostic_table))
  }

  /// A message that shows no data. In class 22, data exceptions, the server quotes the value that
  /// it refuses, as in `invalid input syntax for type integer: "…"`; other classes quote names.
  static func withoutValues(_ message: String, sqlState: String) -> String {
    let quotes: Set<Character> = ["\"", "'", ":", "«", "»", "„", "“", "”", "‘", "’", "「", "："]
    guard sqlState.hasPrefix("22"), message.contains(where: quotes.contains) else {
      return message
    }
    return "the database refused a value"
  }

  private func field(_ code: Int32) -> String? {
    unsafe PQresultErrorField(pointer, code).map { unsafe String(cString: $0) }
  }
}
