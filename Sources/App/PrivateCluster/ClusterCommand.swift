import Subprocess
import SystemPackage

/// One run of a program of PostgreSQL or of the system, with a deadline.
struct ClusterCommand: Sendable {
  /// The program: a name that is looked up in the system's folders, or an absolute path.
  let program: String
  /// Its arguments, never interpreted by a shell.
  let arguments: [String]
  /// The user that it runs as.
  var user: ClusterUser = .current
  /// The folder that it runs in. The root is one that every user can enter.
  var folder: FilePath = "/"
  /// What it sees in its environment beside the fixed part.
  var environment: [String: String] = [:]
  /// When it is ended; the run then throws.
  var deadline: Duration = .seconds(30)
  /// How much it may write, in bytes.
  var outputLimit = 256 * 1024

  /// How a program ended.
  struct Outcome: Sendable {
    /// Whether it exited with status 0.
    let succeeded: Bool
    /// What it wrote on standard output and standard error, without the white space around it.
    let output: String
  }

  /// The folders where programs are looked up.
  private static let searchPath = "/usr/local/bin:/usr/bin:/bin"

  /// Runs the program to its end.
  ///
  /// It sees a small fixed environment: none of Laurel's secrets, and no variable of libpq that
  /// would point it at another server.
  ///
  /// - Throws: `PrivateClusterError` when it cannot be started, misses the deadline, or the task is
  ///   cancelled; the program has ended by then. A failure status is not thrown.
  func run() async throws(PrivateClusterError) -> Outcome {
    do {
      let outcome = try await withThrowingTaskGroup(of: Outcome?.self) { group in
        defer { group.cancelAll() }
        group.addTask { try await collect() }
        group.addTask {
          try await Task.sleep(for: deadline)
          return nil
        }
        return try await group.next() ?? nil
      }
      try Task.checkCancellation()
      if let outcome { return outcome }
    } catch is CancellationError {
      throw PrivateClusterError(.cancelled, "\(program) was ended: the start was called off")
    } catch {
      throw PrivateClusterError(.commandFailed, "\(program) could not be run", cause: error)
    }
    throw PrivateClusterError(.timedOut, "\(program) did not end within \(deadline)")
  }

  /// Runs the program, insists on success and gives its output.
  ///
  /// - Throws: as `run()`, and `commandFailed` with the program's own words when it fails.
  @discardableResult
  func require(_ purpose: String) async throws(PrivateClusterError) -> String {
    let outcome = try await run()
    guard outcome.succeeded else {
      throw PrivateClusterError(
        .commandFailed, "\(purpose) failed: \(outcome.output.suffix(2000))")
    }
    return outcome.output
  }

  /// Runs `body` to its end even when the calling task is, or gets, cancelled: shutdown often runs
  /// in a cancelled task, and a cancelled task's programs are ended at once.
  static func withoutCancellation<Value: Sendable>(
    _ body: @escaping @Sendable () async throws(PrivateClusterError) -> Value
  ) async throws(PrivateClusterError) -> Value {
    let task = Task { () async -> Result<Value, PrivateClusterError> in
      do throws(PrivateClusterError) {
        return .success(try await body())
      } catch {
        return .failure(error)
      }
    }
    return try await task.value.get()
  }

  private func collect() async throws -> Outcome {
    let commandLine = user.commandLine([program] + arguments)
    let executable = commandLine[0]
    var variables: [Environment.Key: String] = [
      "PATH": Self.searchPath, "LC_ALL": "C.UTF-8", "PGCONNECT_TIMEOUT": "10",
    ]
    for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
    let result = try await Subprocess.run(
      executable.hasPrefix("/") ? .path(FilePath(executable)) : .name(executable),
      arguments: Arguments(Array(commandLine.dropFirst())),
      environment: .custom(variables),
      workingDirectory: folder,
      platformOptions: user.platformOptions,
      // Nothing is ever written to a program: one that ended early would raise SIGPIPE here.
      input: .none,
      output: .string(limit: outputLimit),
      error: .combinedWithOutput)
    let output = result.standardOutput
    let end = output.lastIndex { !$0.isWhitespace }.map { output.index(after: $0) }
    return Outcome(
      succeeded: result.terminationStatus.isSuccess,
      output: String(output[..<(end ?? output.startIndex)].drop { $0.isWhitespace }))
  }
}
