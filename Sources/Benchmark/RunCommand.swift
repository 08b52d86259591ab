import ArgumentParser
import FoundationEssentials
import Glibc
import SystemPackage
import UnixSignals

/// `laurel-bench run`: how fast Laurel is beside what the machine can do.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Measures the service beside its references, and prints one table.",
    discussion: """
      Starts a PostgreSQL of its own, durable as by default, a stand-in store, laurel serve and the \
      load, all on this machine. Each figure is taken in several rounds, in turn with what it is \
      compared with; the table shows the round in the middle, and the lowest and highest. Exit status \
      1 when a goal is missed. The machine should have nothing else to do.
      """)

  @Flag(help: "Measure ratios of the intake only, in short rounds, and fail when one has fallen.")
  var short = false

  @Flag(help: "Measure again in a large database, which takes long to fill.")
  var large = false

  @Option(help: "How many old deliveries a large database has.")
  var deliveries = 10_000_000

  @Option(help: "How many referrals a large database has.")
  var referrals = 1_000_000

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    help: """
      Measure only these parts, separated by commas: \
      \(BenchPart.allCases.map(\.rawValue).joined(separator: ", ")).
      """
  )
  var only: String?

  @Option(help: "How many rounds.")
  var rounds: Int?

  @Option(help: "How many seconds a round lasts.")
  var seconds: Int?

  @Option(help: "For how many seconds a transaction is held open, with traffic, before it counts.")
  var hold = 30

  @Option(help: "The least level that the service logs.")
  var logLevel = "info"

  @Option(help: "The program laurel; by default the one beside this program.")
  var laurel: String?

  @Option(help: "The folder of the FastAPI receiver to compare with.")
  var peer = "../shared/peers"

  func validate() throws {
    guard (1...100).contains(rounds ?? 1), (1...600).contains(seconds ?? 1),
      (0...3_600).contains(hold), (1...100_000_000).contains(deliveries),
      (1...10_000_000).contains(referrals)
    else {
      throw ValidationError(
        "--rounds is a number from 1 to 100, --seconds from 1 to 600, --hold from 0 to 3600, "
          + "--deliveries from 1 to 100000000, --referrals from 1 to 10000000.")
    }
    _ = try chosenParts()
    guard FileManager.default.fileExists(atPath: OrderBody.capture) else {
      throw ValidationError("Start it in the folder of the repository.")
    }
  }

  func run() async throws {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    let table = try await withThrowingTaskGroup(of: BenchTable?.self) { group in
      group.addTask { try await measure() }
      group.addTask {
        for await _ in signals { throw BenchFailure("interrupted") }
        return nil
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
    guard let table else { return }
    print(json ? try table.json() : table.text)
    if !table.isReached { throw ExitCode.failure }
  }

  private func chosenParts() throws -> Set<BenchPart> {
    guard let only else { return Set(short ? BenchPart.short : BenchPart.allCases) }
    let names = only.split(separator: ",").map(String.init)
    let parts = names.compactMap(BenchPart.init(rawValue:))
    guard !parts.isEmpty, parts.count == names.count else {
      throw ValidationError("--only takes names of parts, separated by commas.")
    }
    return Set(parts)
  }

  private func measure() async throws -> BenchTable {
    let repository = FileManager.default.currentDirectoryPath
    let folder = "\(repository)/.build/bench"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let itself = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let program =
      laurel ?? itself.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/laurel"
    guard unsafe access(program, X_OK) == 0 else {
      throw BenchFailure("there is no program \(program); build it, or name one by --laurel")
    }
    var form = short ? BenchForm.short : .standard
    form.isLarge = large
    if let rounds { form.rounds = rounds }
    if let seconds { form.duration = .seconds(seconds) }
    let parts = try chosenParts()
    return try await BenchDatabase.with(folder: folder) { database in
      try await BenchStore.with { store in
        let bench = Bench(
          form: form, repository: repository, folder: folder, laurel: program, itself: itself,
          logLevel: logLevel, peer: peer.hasPrefix("/") ? peer : "\(repository)/\(peer)",
          database: database, store: store)
        // The tables are made once, before anything is emptied.
        try await bench.serving(.hmac) { _, _ in }
        var figures = try await figures(bench, parts)
        if short {
          // What a machine has of time or memory is not for every build to be judged by.
          for index in figures.indices {
            figures[index].goal = figures[index].floor.map { .atLeast($0) }
          }
        }
        return BenchTable(figures: figures)
      }
    }
  }

  /// Measures the parts, in an order in which each finds what it is compared with.
  private func figures(_ bench: Bench, _ parts: Set<BenchPart>) async throws -> [Figure] {
    var figures: [Figure] = []
    if parts.contains(.checks) { figures += try CheckPart(bench: bench).figures() }
    var unique = Series()
    if parts.contains(.intake) {
      let part = IntakePart(bench: bench)
      let outcome = try await part.run()
      unique = outcome.unique
      figures += part.figures(outcome)
    } else if !parts.isDisjoint(with: [.latency, .overload, .held]) || bench.form.isLarge {
      for round in 1...bench.form.rounds {
        bench.say("looking for the peak, round \(round) of \(bench.form.rounds)")
        unique.add(try await IntakePart(bench: bench).unique())
      }
    }
    let latency = LatencyPart(bench: bench, peak: unique.median)
    if parts.contains(.latency) { figures += try await latency.figures() }
    if parts.contains(.overload) { figures += try await latency.overload() }
    var decisions: [Figure] = []
    if parts.contains(.decisions) || parts.contains(.held) || bench.form.isLarge {
      decisions = try await DecisionPart(bench: bench).figures()
      figures += decisions
    }
    var cards: [Figure] = []
    if parts.contains(.rewards) || bench.form.isLarge {
      cards = try await RewardPart(bench: bench).figures()
      figures += cards
    }
    if parts.contains(.idle) { figures += try await RewardPart(bench: bench).idle() }
    let comparison = Comparison(
      bench: bench, intake: unique, decisions: decisions.first?.value ?? Series())
    if parts.contains(.held) {
      figures += try await HeldPart(
        bench: bench, comparison: comparison, hold: .seconds(hold)
      ).figures()
    }
    if bench.form.isLarge {
      figures += try await LargePart(
        bench: bench, comparison: comparison, giftCards: cards.first?.value ?? Series(),
        deliveries: deliveries, referrals: referrals
      ).figures()
    }
    if parts.contains(.footprint) { figures += try await FootprintPart(bench: bench).figures() }
    return figures
  }
}
