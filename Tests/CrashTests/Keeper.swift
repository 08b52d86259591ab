import FoundationEssentials
import Glibc
import ProcessTesting

/// Keeps one `laurel serve` running, as an init system does: starts it again whenever it ends.
actor Keeper {
  /// What is running now.
  private(set) var process: TestProcess?
  /// How many processes were ended by SIGKILL.
  private(set) var kills = 0
  /// How many of them ended themselves at a failpoint.
  private(set) var failpointKills = 0
  /// What the last process that ended had written.
  private(set) var lastOutput = ""

  private let environment: [String: String]
  private var failpoint: String?
  private var isArmed = false
  private var isStopping = false
  private var url: String?

  private init(_ environment: [String: String]) {
    self.environment = environment
  }

  /// Keeps a process running for the time of `body`, then ends it in order.
  /// - Throws: `WrongEnding` when it does not end in order.
  static func with<Result: Sendable>(
    environment: [String: String], _ body: @Sendable (Keeper) async throws -> Result
  ) async throws -> Result {
    let keeper = Keeper(environment)
    async let kept: Void = keeper.keep()
    let result: Result
    do {
      result = try await body(keeper)
    } catch {
      await keeper.stop(SIGKILL)
      try? await kept
      throw error
    }
    await keeper.stop(SIGTERM)
    try await kept
    return result
  }

  /// A process did not end in order when it was asked to, or ended in order when it was not, or
  /// refuses its environment.
  struct WrongEnding: Error, CustomStringConvertible {
    let description: String
  }

  /// The address of the process that runs now, once it listens.
  func address() -> String? {
    if url == nil { url = process?.writtenURL }
    return url
  }

  /// Sends SIGKILL to what is running.
  func kill() {
    process?.send(SIGKILL)
  }

  /// Ends what is running; the next process, and only that one, has this failpoint.
  func arm(_ failpoint: String) {
    self.failpoint = failpoint
    kill()
  }

  private func stop(_ signal: Int32) {
    isStopping = true
    process?.send(signal)
  }

  private func keep() async throws {
    while !isStopping {
      var variables = environment
      if let failpoint { variables["FAILPOINT"] = failpoint }
      isArmed = failpoint != nil
      failpoint = nil
      let ending = try await TestProcess.with(["serve"], environment: variables) { process in
        await self.started(process)
      }
      process = nil
      url = nil
      lastOutput = ending.output
      switch ending.status {
      case -Int(SIGKILL):
        kills += 1
        if isArmed { failpointKills += 1 }
      // Before the program listens to signals, the system ends it.
      case 0 where isStopping, -Int(SIGTERM) where isStopping: break
      case 0, 64: throw WrongEnding(description: "status \(ending.status): \(ending.output)")
      default:
        // Without its database it cannot start; an init system tries again too.
        if isStopping {
          throw WrongEnding(description: "status \(ending.status): \(ending.output.suffix(2000))")
        }
        try await Task.sleep(for: .milliseconds(200))
      }
    }
  }

  private func started(_ process: TestProcess) {
    self.process = process
    // While it was being started it was asked to end, or another one was asked for.
    if isStopping { process.send(SIGTERM) } else if failpoint != nil { process.send(SIGKILL) }
  }
}
