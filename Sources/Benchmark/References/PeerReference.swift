import FoundationEssentials
import Postgres

/// Reference (d): the receiver that a user would write instead, on FastAPI and asyncpg, with two
/// workers. It is not part of the repository, and is left out where it is not there.
struct PeerReference: Sendable {
  private let bench: Bench
  private let python: String

  /// Prepares it: a Python of its own with what it needs, and its table.
  /// - Returns: nothing, when the receiver or its packages cannot be had; the reason is said.
  static func prepare(_ bench: Bench) async throws -> PeerReference? {
    guard FileManager.default.fileExists(atPath: "\(bench.peer)/fastapi_receiver.py") else {
      bench.say("reference (d) is left out: no fastapi_receiver.py in \(bench.peer)")
      return nil
    }
    let python = "\(bench.folder)/python/bin/python"
    do {
      if (try? await check(python)) == nil {
        bench.say("installing reference (d)'s packages into \(bench.folder)/python ...")
        _ = try await ChildProcess.output(
          of: "python3", ["-m", "venv", "\(bench.folder)/python"])
        _ = try await ChildProcess.output(
          of: python,
          ["-m", "pip", "install", "--quiet", "fastapi", "asyncpg", "orjson", "uvicorn[standard]"])
        try await check(python)
      }
    } catch let failure as BenchFailure {
      bench.say("reference (d) is left out: \(failure.description.suffix(300))")
      return nil
    }
    try await bench.database.pool.execute(
      """
      CREATE TABLE IF NOT EXISTS bench.peer_inbox (
        event_id bytea PRIMARY KEY,
        order_id text NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        body text NOT NULL
      )
      """)
    try await bench.database.pool.execute("ALTER TABLE bench.peer_inbox OWNER TO laurel")
    return PeerReference(bench: bench, python: python)
  }

  private static func check(_ python: String) async throws {
    _ = try await ChildProcess.output(
      of: python, ["-c", "import asyncpg, fastapi, orjson, uvicorn, uvloop, httptools"])
  }

  /// How many deliveries it commits in a second.
  /// - Throws: `BenchFailure`, `LoadResult.Spoilt`, `PostgresError`.
  func rate(_ plan: LoadPlan, _ load: SignedLoad) async throws -> Double {
    try await bench.database.pool.execute("TRUNCATE bench.peer_inbox")
    try await bench.database.settle()
    let port = try await LocalPort.free()
    let result = try await ChildProcess.with(
      python,
      [
        "-m", "uvicorn", "fastapi_receiver:app", "--app-dir", bench.peer, "--port", String(port),
        "--workers", "2", "--log-level", "warning", "--no-access-log",
      ],
      environment: ["DB": address, "SECRET": Bench.secret, "PYTHONDONTWRITEBYTECODE": "1"],
      folder: bench.folder, outputPath: "\(bench.folder)/peer.log"
    ) { process in
      try await LocalPort.wait(for: process, on: port)
      var plan = plan
      plan.port = port
      return try await LoadRound.run(plan, load)
    }
    try result.require(only: .done, of: "reference (d)")
    let rows = try await bench.database.count("SELECT count(*) AS count FROM bench.peer_inbox")
    guard rows == result.total(.done) else {
      throw BenchFailure(
        "reference (d) answered \(result.total(.done)) times and wrote \(rows) rows")
    }
    return result.rate(.done)
  }

  /// The database's address as asyncpg reads it; its table stands in the schema `bench`.
  private var address: String {
    var words: [String: String] = [:]
    for word in bench.database.connectionString.split(separator: " ") {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      if parts.count == 2 { words[parts[0]] = parts[1] }
    }
    return "postgresql://\(words["user"] ?? "")@/\(words["dbname"] ?? "")"
      + "?host=\(words["host"] ?? "")&port=\(words["port"] ?? "")&search_path=bench"
  }
}
