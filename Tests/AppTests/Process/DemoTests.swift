import FoundationEssentials
import Glibc
import ProcessTesting
import Testing

/// The real `laurel demo`, with its own PostgreSQL.
@Suite(.serialized, .timeLimit(.minutes(3))) struct DemoTests {
  static func environment(_ scratch: ScratchFolder) -> [String: String] {
    scratch.letEveryonePass()
    return ["LAUREL_DATA_DIR": scratch.data, "PORT": String(Int.random(in: 10_000...19_999))]
  }

  @Test func onceTellsTheStoryAndEnds() async throws {
    try await ScratchFolder.with { scratch in
      let environment = Self.environment(scratch)
      for _ in 1...2 {
        let ended = try await TestProcess.with(["demo", "--once"], environment: environment)
        #expect(ended.status == 0, "\(ended.output)")
        #expect(ended.output.contains("Every step held."))
        #expect(try await scratch.processes().isEmpty)
      }
    }
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func aSignalLeavesNoPostgresBehind(signal: Int32) async throws {
    try await ScratchFolder.with { scratch in
      let ended = try await TestProcess.with(
        ["demo"], environment: Self.environment(scratch)
      ) { process in
        _ = try await process.line("stays up")
        process.sendToGroup(signal)
      }
      #expect(ended.status == 0, "\(ended.output)")
      #expect(try await scratch.processes().isEmpty)
    }
  }

  @Test func afterAKillTheNextStartTakesPostgresOver() async throws {
    try await ScratchFolder.with { scratch in
      let environment = Self.environment(scratch)
      let killed = try await TestProcess.with(["demo"], environment: environment) { process in
        _ = try await process.line("stays up")
        process.sendToGroup(SIGKILL)
      }
      #expect(killed.status == -9)
      #expect(try await !scratch.processes().isEmpty)
      let ended = try await TestProcess.with(["demo", "--once"], environment: environment)
      #expect(ended.status == 0, "\(ended.output)")
      #expect(ended.output.contains("She has one already"))
      #expect(try await scratch.processes().isEmpty)
    }
  }

  @Test func aTakenPortIsSaid() async throws {
    try await ScratchFolder.with { scratch in
      let environment = Self.environment(scratch)
      let ended = try await TestProcess.with(["demo"], environment: environment) { process in
        _ = try await process.line("stays up")
        var other = environment
        other["LAUREL_DATA_DIR"] = "\(scratch.data)-other"
        let second = try await TestProcess.with(["demo", "--once"], environment: other)
        #expect(second.status == 1)
        #expect(second.output.contains("is in use; stop what listens there"), "\(second.output)")
        process.send(SIGTERM)
      }
      #expect(ended.status == 0, "\(ended.output)")
    }
  }
}
