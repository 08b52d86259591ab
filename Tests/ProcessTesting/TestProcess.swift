import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage

/// The real program, started as a process of its own. What it writes goes to a file.
package struct TestProcess: Sendable {
  /// How it ended, and what it wrote.
  package struct Ending: Sendable {
    /// The exit status, or minus the signal that ended it.
    package let status: Int
    /// Standard output and standard error.
    package let output: String
  }

  /// A line did not come.
  package struct Missing: Error, CustomStringConvertible {
    package let description: String
  }

  /// Its process number.
  package let id: Int32
  private let outputPath: String

  /// The folder of the repository.
  private static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    .dropLast(3).joined(separator: "/")

  /// Runs `laurel` beside `body`, which has to end it; a `body` that fails kills it.
  package static func with(
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
    // A preloaded library may change the environment while it starts, and Swift then finds no
    // arguments. So it starts in `env`, which becomes the program.
    var command = ["\(root)/.build/debug/laurel"] + arguments
    if environment["LD_PRELOAD"] != nil { command.insert("/usr/bin/env", at: 0) }
    let result = try await run(
      .path(FilePath(command[0])), arguments: Arguments(Array(command.dropFirst())),
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
  package func send(_ signal: Int32) {
    kill(id, signal)
  }

  /// Sends a signal to the process and everything in its group, as Ctrl-C does.
  package func sendToGroup(_ signal: Int32) {
    kill(-id, signal)
  }

  /// Waits for a line with `text`, and gives it.
  /// - Throws: `Missing`.
  package func line(_ text: String, within limit: Duration = .seconds(60)) async throws -> String {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
      if let line = written(text) { return line }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw Missing(description: "no line with \(text) in:\n\(output)")
  }

  /// The address on which the service says that it listens.
  /// - Throws: `Missing`.
  package func url() async throws -> String {
    try await Self.url(in: line("listening address="))
  }

  /// The address, when the service has said already that it listens.
  package var writtenURL: String? {
    written("listening address=").map(Self.url)
  }

  private static func url(in line: String) -> String {
    line.split(separator: "address=").last.map(String.init) ?? ""
  }

  /// The first line with `text` so far.
  private func written(_ text: String) -> String? {
    output.split(separator: "\n").first { $0.contains(text) }.map(String.init)
  }

  private var output: String {
    String(decoding: FileManager.default.contents(atPath: outputPath) ?? Data(), as: UTF8.self)
  }
}
