/// The statements that a session has prepared. A statement is known by its text and the types of
/// its values, since the server plans for both.
struct StatementCache {
  private struct Key: Hashable {
    let sql: String
    let types: [PostgresType]

    init(_ query: Query) {
      sql = query.sql
      types = query.binds.map(\.type)
    }
  }

  /// The most statements kept. A program's literals are far fewer; the bound is for safety.
  static let capacity = 256

  /// After how many executions the plans are made anew for the first time.
  static let firstRenewal = 256

  private var names: [Key: String] = [:]
  private var count = 0
  private var executions = 0
  private var renewal = Self.firstRenewal

  /// Whether the next statement has to make room first.
  var isFull: Bool { names.count >= Self.capacity }

  /// The name under which the query was prepared.
  func name(of query: Query) -> String? { names[Key(query)] }

  /// A name that was never used in this session.
  mutating func freshName() -> String {
    count += 1
    return "s\(count)"
  }

  /// Remembers that the query is prepared under this name.
  mutating func store(_ query: Query, as name: String) { names[Key(query)] = name }

  /// Counts an execution. True when the server should make its plans anew before it.
  ///
  /// A plan is kept as it was made, and while a table is small, every index is as good as another: the
  /// one that was picked may read the whole table later on. Until autovacuum has looked at the table
  /// nothing tells the server that it has grown. How much it can have grown goes by how much was
  /// executed, so that each time comes after four times as many executions as the one before.
  mutating func countExecution() -> Bool {
    executions += 1
    guard executions > renewal else { return false }
    renewal *= 4
    return true
  }

  /// Forgets the query.
  mutating func remove(_ query: Query) { names[Key(query)] = nil }

  /// Forgets everything.
  mutating func removeAll() { names = [:] }
}
