import Glibc

/// How many deliveries are taken in each second at most, beside what the machine could do.
struct IntakePart {
  /// What the rounds gave, in events a second unless said otherwise.
  struct Outcome: Sendable {
    /// Reference (a).
    var reader = Series()
    /// New deliveries with HMAC.
    var unique = Series()
    /// Known deliveries with HMAC.
    var duplicates = Series()
    /// New deliveries with JWS.
    var jws = Series()
    /// Reference (b).
    var pgbench = Series()
    /// Reference (d); empty when it is not there.
    var peer = Series()
    /// Microseconds of a processor that the service takes for a new delivery with HMAC, with
    /// everything that follows from it.
    var processor = Series()
    /// The same of reference (a).
    var readerProcessor = Series()
    /// How many of a round's deliveries still waited to be looked at when its load ended.
    var backlog = Series()
    /// Memory of the service before the load, in megabytes.
    var idleMemory = Series()
    /// The most that it had, in megabytes.
    var peakMemory = Series()
  }

  /// What it works with.
  let bench: Bench

  /// How many deliveries are signed with the store's key, for each second of a round and in all: that
  /// takes the better part of a millisecond for each. They are new again when the inbox was emptied.
  private static let signed = (perSecond: 8_000, atMost: 60_000)

  /// After that a service that has nothing to do is idle.
  private static let calm = Duration.seconds(5)

  /// Runs the rounds, everything in turn.
  func run() async throws -> Outcome {
    let form = bench.form
    var outcome = Outcome()
    let pgbench = try await PgbenchReference(bench)
    let peer = form.isShort ? nil : try await PeerReference.prepare(bench)
    bench.say("signing with the store's key ...")
    let signed = try await bench.load(
      min(
        Int((form.duration + form.warmUp) / .milliseconds(1)) * Self.signed.perSecond / 1_000,
        Self.signed.atMost), .jws)
    for round in 1...form.rounds {
      bench.say("intake, round \(round) of \(form.rounds)")
      let reader = try await reader()
      outcome.reader.add(reader.rate)
      outcome.readerProcessor.add(reader.processor)
      let hmac = try await hmac()
      outcome.unique.add(hmac.unique)
      outcome.duplicates.add(hmac.duplicates)
      outcome.processor.add(hmac.processor)
      outcome.backlog.add(hmac.backlog)
      outcome.idleMemory.add(hmac.idle)
      outcome.peakMemory.add(hmac.peak)
      outcome.pgbench.add(try await pgbench.rate(for: form.duration))
      if let peer {
        let load = try await bench.load(form.loadCount, .hmac).load
        outcome.peer.add(try await peer.rate(plan(port: 0), load))
      }
      outcome.jws.add(try await jws(signed.load))
    }
    return outcome
  }

  /// The figures of the rounds.
  func figures(_ outcome: Outcome) -> [Figure] {
    func figure(
      _ id: String, _ name: String, _ value: Series, _ reference: (name: String, value: Series),
      _ goal: Double, floor: Double? = nil
    ) -> Figure {
      Figure(
        id: id, name: name, unit: "events/s", value: value, reference: reference,
        goal: .atLeast(goal), floor: floor)
    }
    var figures = [
      figure(
        "intake_reader", "accepted, HMAC", outcome.unique, ("(a) body reader", outcome.reader), 0.7,
        floor: 0.2),
      figure(
        "intake_pgbench", "accepted, HMAC", outcome.unique, ("(b) pgbench -c 64", outcome.pgbench),
        1.2, floor: 0.5),
    ]
    if !outcome.peer.values.isEmpty {
      figures.append(
        figure(
          "intake_peer", "accepted, HMAC", outcome.unique, ("(d) FastAPI, 2 workers", outcome.peer),
          7))
    }
    figures += [
      figure(
        "intake_jws", "accepted, JWS", outcome.jws, ("accepted, HMAC", outcome.unique), 0.75,
        floor: 0.5),
      figure(
        "duplicates", "duplicates", outcome.duplicates, ("accepted, HMAC", outcome.unique), 1,
        floor: 0.6),
    ]
    return figures
      + [
        Figure(
          id: "processor", name: "processor time for one", unit: "us", value: outcome.processor,
          reference: ("(a) body reader", outcome.readerProcessor)),
        Figure(
          id: "backlog", name: "not looked at when the load ended", unit: "events",
          value: outcome.backlog),
        Figure(
          id: "memory_idle", name: "memory, idle", unit: "MB", value: outcome.idleMemory,
          goal: .atMost(30)),
        Figure(
          id: "memory_peak", name: "memory, at the peak", unit: "MB", value: outcome.peakMemory,
          goal: .atMost(80)),
      ]
  }

  /// New deliveries a second, without anything else.
  /// - Parameter empties: whether the database is emptied before.
  func unique(empties: Bool = true) async throws -> Double {
    if empties { try await bench.database.empty() }
    let load = try await bench.load(bench.form.loadCount, .hmac).load
    return try await bench.serving(.hmac) { _, port in
      let rate = try await accepted(load, port, what: "accepted, HMAC").rate(.accepted)
      try await bench.database.waitUntilRead()
      return rate
    }
  }

  private func reader() async throws -> (rate: Double, processor: Double) {
    let load = try await bench.load(bench.form.loadCount, .hmac).load
    return try await bench.reading { server, port in
      let before = server.processorTime()
      let ownBefore = ChildProcess.processorTime(of: getpid())
      let result = try await LoadRound.run(plan(port: port), load)
      try result.require(only: .accepted, of: "reference (a)")
      let own = (ChildProcess.processorTime(of: getpid()) - ownBefore) / Double(result.sent)
      bench.say("  sending one request takes \(Number.text(own * 1e6)) us of a processor")
      return (
        result.rate(.accepted),
        (server.processorTime() - before) * 1e6 / Double(result.total(.accepted))
      )
    }
  }

  private func hmac() async throws -> (
    unique: Double, duplicates: Double, processor: Double, backlog: Double, idle: Double,
    peak: Double
  ) {
    try await bench.database.empty()
    let load = try await bench.load(bench.form.loadCount, .hmac).load
    return try await bench.serving(.hmac) { service, port in
      try await Task.sleep(for: Self.calm)
      let idle = service.memory().now
      let before = service.processorTime()
      let new = try await accepted(load, port, what: "accepted, HMAC")
      let backlog = Double(try await bench.database.queued())
      try await bench.database.waitUntilRead()
      let processor = (service.processorTime() - before) * 1e6 / Double(new.total(.accepted))
      var again = plan(port: port)
      again.repeated = new.sent
      let rows = try await bench.database.deliveries()
      let known = try await LoadRound.run(again, load)
      try known.require(only: .duplicate, of: "duplicates")
      guard try await bench.database.deliveries() == rows else {
        throw BenchFailure("duplicates were written down")
      }
      return (
        new.rate(.accepted), known.rate(.duplicate), processor, backlog, idle,
        service.memory().peak
      )
    }
  }

  private func jws(_ load: SignedLoad) async throws -> Double {
    try await bench.database.empty()
    return try await bench.serving(.jws) { _, port in
      try await accepted(load, port, what: "accepted, JWS").rate(.accepted)
    }
  }

  /// Sends a load of new deliveries, and counts the rows against the answers.
  private func accepted(
    _ load: SignedLoad, _ port: Int, what: String
  ) async throws -> LoadResult {
    let before = try await bench.database.deliveries()
    let result = try await LoadRound.run(plan(port: port), load)
    try result.require(only: .accepted, of: what)
    let rows = try await bench.database.deliveries() - before
    guard rows == result.total(.accepted) else {
      throw BenchFailure("\(what): \(result.total(.accepted)) answers, but \(rows) rows")
    }
    return result
  }

  private func plan(port: Int) -> LoadPlan {
    LoadPlan(port: port, warmUp: bench.form.warmUp, duration: bench.form.duration)
  }
}
