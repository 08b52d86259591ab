import FoundationEssentials
import Postgres

/// Reference (b): pgbench inserting one row of a delivery's size with each transaction, prepared, on
/// 64 connections.
struct PgbenchReference: Sendable {
  private let bench: Bench
  private let script: String
  private let body: String

  /// Makes the table and the script.
  /// - Throws: `PostgresError`, and what writing the script throws.
  init(_ bench: Bench) async throws {
    self.bench = bench
    script = "\(bench.folder)/pgbench.sql"
    body = String(
      decoding: try OrderBody(repository: bench.repository, namesCode: false).template,
      as: UTF8.self)
    try await bench.database.pool.execute(
      """
      CREATE TABLE IF NOT EXISTS bench.pgbench (
        event_id bytea PRIMARY KEY DEFAULT sha256(uuid_send(gen_random_uuid())),
        order_id text NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        body text NOT NULL
      )
      """)
    try await bench.database.pool.execute("ALTER TABLE bench.pgbench OWNER TO laurel")
    try """
    \\set number random(1, 1000000000000)
    INSERT INTO bench.pgbench (order_id, body) VALUES (:number, :body);
    """.write(toFile: script, atomically: true, encoding: .utf8)
  }

  /// How many rows it commits in a second.
  /// - Throws: `BenchFailure`, `PostgresError`.
  func rate(for duration: Duration) async throws -> Double {
    let output = try await run(["--time", Self.seconds(duration)])
    let line = output.split(separator: "\n").first { $0.hasPrefix("tps = ") } ?? ""
    guard let rate = line.split(separator: " ").dropFirst(2).first.flatMap({ Double($0) }) else {
      throw BenchFailure("pgbench gave no rate: \(output.suffix(500))")
    }
    return rate
  }

  /// How long its commits take at a fixed rate, counted from when each was planned.
  /// - Throws: `BenchFailure`, `PostgresError`.
  func latencies(perSecond rate: Double, for duration: Duration) async throws -> Latencies {
    let prefix = "\(bench.folder)/pgbench-log"
    let files = FileManager.default
    func logs() -> [String] {
      ((try? files.contentsOfDirectory(atPath: bench.folder)) ?? [])
        .filter { $0.hasPrefix("pgbench-log.") }.map { "\(bench.folder)/\($0)" }
    }
    for log in logs() { try files.removeItem(atPath: log) }
    _ = try await run([
      "--time", Self.seconds(duration), "--rate", String(max(1, Int(rate))), "--log",
      "--log-prefix", prefix,
    ])
    // A line: client, transaction, microseconds, script, second, microsecond, lag.
    var latencies = Latencies()
    for log in logs() {
      let text = try String(contentsOfFile: log, encoding: .utf8)
      for line in text.split(separator: "\n") {
        let words = line.split(separator: " ")
        if words.count > 2, let time = UInt32(words[2]) { latencies.add(microseconds: time) }
      }
      try files.removeItem(atPath: log)
    }
    return latencies
  }

  private func run(_ arguments: [String]) async throws -> String {
    try await bench.database.pool.execute("TRUNCATE bench.pgbench")
    try await bench.database.settle()
    return try await ChildProcess.output(
      of: "pgbench",
      [
        "--no-vacuum", "--protocol", "prepared", "--client", "64", "--jobs", "1", "--file", script,
        "--define", "body=\(body)",
      ] + arguments + [bench.database.connectionString])
  }

  private static func seconds(_ duration: Duration) -> String {
    String(max(1, Int(duration / .seconds(1))))
  }
}
