import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage
import Testing

/// The real program, started as a process of its own. What it writes goes to a file.
struct TestProcess: Sendable {
  /// How it ended, and what it wrote.
  struct Ending: Sendable {
    /// The exit status, or minus the signal that ended it.
    let status: Int
    let output: String
  }

  /// A line did not come.
  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  /// Its process number.
  let id: Int32
  private let outputPath: String

  /// Runs `laurel` beside `body`, which has to end it; a `body` that fails kills it.
  static func with(
    _ arguments: [String], environment: [String: String],
    _ body: @Sendable (TestProcess) async throws -> Void = { _ in }
  ) async throws -> Ending {
    let path = "/tmp/laurel-test-output-\(UUID().uuidString)"
    let file = try FileDescriptor.open(
      FilePath(path), .writeOnly, options: [.create, .append], permissions: .ownerReadWrite)
    defer { _ = try? FileManager.default.removeItem(atPath: path) }
    var variables: [Environment.Key: String] = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
    for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
    // In a group of its own, as a program at a terminal is.
    var options = PlatformOptions()
    options.processGroupID = 0
    let result = try await run(
      .path(FilePath("\(Recording.root)/.build/debug/laurel")), arguments: Arguments(arguments),
      environment: .custom(variables), platformOptions: options, input: .none,
      output: .fileDescriptor(file, closeAfterSpawningProcess: false),
      error: .fileDescriptor(file, closeAfterSpawningProcess: false)
    ) { execution in
      let process = TestProcess(
        id: execution.processIdentifier.value, outputPath: path)
      do {
        try await body(process)
      } catch {
        process.send(SIGKILL)
        throw error
      }
    }
    try file.close()
    let status =
      switch result.terminationStatus {
      case .exited(let code): Int(code)
      case .signaled(let signal): -Int(signal)
      }
    let output = FileManager.default.contents(atPath: path) ?? Data()
    return Ending(status: status, output: String(decoding: output, as: UTF8.self))
  }

  /// Sends a signal to the process alone.
  func send(_ signal: Int32) {
    kill(id, signal)
  }

  /// Sends a signal to the process and everything in its group, as Ctrl-C does.
  func sendToGroup(_ signal: Int32) {
    kill(-id, signal)
  }

  /// Waits for a line with `text`, and gives it.
  func line(_ text: String, within limit: Duration = .seconds(60)) async throws -> String {
    let deadline = ContinuousClock.now + limit
    var output = ""
    while ContinuousClock.now < deadline {
      output = String(
        decoding: FileManager.default.contents(atPath: outputPath) ?? Data(), as: UTF8.self)
      if let line = output.split(separator: "\n").first(where: { $0.contains(text) }) {
        return String(line)
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw Missing(description: "no line with \(text) in:\n\(output)")
  }

  /// The address on which the service says that it listens.
  func url() async throws -> String {
    let line = try await line("listening address=")
    return try #require(line.split(separator: "address=").last.map(String.init))
  }
}
