import FoundationEssentials
import Glibc
import HTTPTransport
import Postgres
import ProcessTesting
import Sandbox
import Testing

/// SIGHUP to a real `laurel serve`.
@Suite(.timeLimit(.minutes(3))) struct ReloadTests {
  static let rule =
    "rules:\n  - {name: guests, when: buyer_guest, then: review, reason: A guest.}\n"

  @Test func aSignalHasAnotherFileHold() async throws {
    try await TestDatabase.with { database in
      try await ServeTests.withStore(database) { sandbox, environment in
        try await TermsFolder.with("programme: {reward: {amount: 5, currency: USD}}\n") { folder in
          var environment = environment
          environment["LAUREL_CONFIG"] = folder.file
          environment["REFERRAL_REWARD_AMOUNT"] = nil
          let transport = try HTTPTransport()
          let ended = try await TestProcess.with(["serve"], environment: environment) {
            [environment] process in
            _ = environment
            let url = try await process.url()
            try await ServeTests.issueAlicesCode(transport, url)
            _ = try await process.line("the rules hold")
            #expect(try await Self.paid(1, sandbox, transport, url) == ["5"])

            folder.write("programme: {reward: {amount: 8, currency: USD}}\n")
            process.send(SIGHUP)
            _ = try await process.line("other rules hold")
            #expect(try await Self.paid(2, sandbox, transport, url) == ["5", "8"])
            let version = try await Self.figure("laurel_config_info", transport, url)

            // Every fault is told, and the rules stay.
            folder.write("programme: {reward: {amount: -8}}\nrules: [1]\n")
            process.send(SIGHUP)
            _ = try await process.line("those before go on")
            _ = try await process.line("\(folder.file):1:30: reward.amount must be")
            _ = try await process.line("\(folder.file):2:9: a rule must hold")
            try? FileManager.default.removeItem(atPath: folder.file)
            process.send(SIGHUP)
            _ = try await process.line("laurel.yaml cannot be read")
            #expect(try await Self.paid(3, sandbox, transport, url) == ["5", "8", "8"])
            #expect(try await Self.figure("laurel_config_info", transport, url) == version)
            #expect(
              try await Self.figure("laurel_config_reloads_total", transport, url) == [
                #"laurel_config_reloads_total{outcome="refused"} 2"#,
                #"laurel_config_reloads_total{outcome="taken"} 1"#,
              ])

            // Nor does a pipe to which nobody writes.
            #expect(unsafe mkfifo(folder.file, 0o600) == 0)
            process.send(SIGHUP)
            _ = try await process.line("it is no regular file")
            try? FileManager.default.removeItem(atPath: folder.file)

            // What is right again is taken again.
            folder.write("programme: {reward: {amount: 9, currency: USD}}\n\(Self.rule)")
            process.send(SIGHUP)
            _ = try await process.line("rules=1")
            #expect(try await Self.figure("laurel_config_info", transport, url) != version)
            process.send(SIGTERM)
          }
          #expect(ended.status == 0, "\(ended.output)")
          await transport.shutdown()
        }
      }
    }
  }

  @Test func aTimeZoneThatThereIsNotIsNotTakenOver() async throws {
    try await TestDatabase.with { database in
      try await ServeTests.withStore(database) { _, environment in
        try await TermsFolder.with("time_zone: Europe/Berlin\n") { folder in
          var environment = environment
          environment["LAUREL_CONFIG"] = folder.file
          let ended = try await TestProcess.with(["serve"], environment: environment) { process in
            _ = try await process.url()
            folder.write("time_zone: Europe/Berlim\n")
            process.send(SIGHUP)
            _ = try await process.line(
              "\"Europe/Berlim\", which PostgreSQL does not know; did you mean `Europe/Berlin`?")
            _ = try await process.line("those before go on")
            folder.write("time_zone: Asia/Tokyo\n")
            process.send(SIGHUP)
            _ = try await process.line("other rules hold")
            process.send(SIGTERM)
          }
          #expect(ended.status == 0, "\(ended.output)")
        }
      }
    }
  }

  @Test func aTimeZoneThatThereIsNotStopsTheStart() async throws {
    try await TestDatabase.with { database in
      try await ServeTests.withStore(database) { _, environment in
        try await TermsFolder.with("time_zone: Europe/Berlim\n") { folder in
          var environment = environment
          environment["LAUREL_CONFIG"] = folder.file
          let ended = try await TestProcess.with(["serve"], environment: environment)
          #expect(ended.status == 64)
          #expect(
            ended.output.contains("  - time_zone is \"Europe/Berlim\", which PostgreSQL does not"),
            "\(ended.output)")
        }
      }
    }
  }

  @Test func aSignalDuringTheStartIsNotTheEnd() async throws {
    try await TestDatabase.with { database in
      try await ServeTests.withStore(database) { _, environment in
        let ended = try await TestProcess.with(["serve"], environment: environment) { process in
          _ = try await process.line("the rules hold")
          process.send(SIGHUP)
          _ = try await process.url()
          _ = try await process.line("the rules were read again")
          process.send(SIGTERM)
        }
        #expect(ended.status == 0, "\(ended.output)")
      }
    }
  }

  /// Has a friend's order paid for, and gives what every card is worth then.
  private static func paid(
    _ number: Int, _ sandbox: SandboxStore, _ transport: HTTPTransport, _ url: String
  ) async throws -> [String] {
    let order = DecisionTests.paid(number, email: "friend\(number)@example.com")
    await sandbox.put(order)
    #expect(await ServeTests.post(transport, url, ServeTests.body(order)) == 200)
    let deadline = ContinuousClock.now + .seconds(30)
    while await sandbox.cards.count < number, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(50))
    }
    return await sandbox.cards.map { "\($0.initialBalance)" }
  }

  /// The lines of a metric's values.
  private static func figure(
    _ name: String, _ transport: HTTPTransport, _ url: String
  ) async throws -> [String] {
    let response = try await transport.send(HTTPRequest(url: "\(url)/metrics", reach: .anywhere))
    return String(decoding: response.body, as: UTF8.self).split(separator: "\n")
      .filter { $0.hasPrefix("\(name){") }.map(String.init).sorted()
  }
}
