import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage

/// A program that runs beside the benchmark, as a process of its own. What it writes goes to a file.
struct ChildProcess: Sendable {
  /// Its process number.
  let id: Int32
  private let outputPath: String

  /// Runs a program beside `body`, and ends it after that.
  ///
  /// - Parameters:
  ///   - program: its path.
  ///   - environment: all that it sees of one.
  ///   - folder: where it is started.
  ///   - outputPath: the file for what it writes, made anew.
  /// - Throws: what `body` throws, or that the program cannot be started.
  static func with<Result: Sendable>(
    _ program: String, _ arguments: [String], environment: [String: String], folder: String,
    outputPath: String, _ body: (ChildProcess) async throws -> Result
  ) async throws -> Result {
    let file = try FileDescriptor.open(
      FilePath(outputPath), .writeOnly, options: [.create, .truncate, .append],
      permissions: .ownerReadWrite)
    defer { try? file.close() }
    var variables: [Environment.Key: String] = ["PATH": "/usr/local/bin:/usr/bin:/bin"]
    for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
    // Not in the benchmark's own group: a Ctrl-C is for the benchmark, which then ends its programs.
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = [
      .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(10))
    ]
    let outcome = try await run(
      .path(FilePath(program)), arguments: Arguments(arguments), environment: .custom(variables),
      workingDirectory: FilePath(folder), platformOptions: options, input: .none,
      output: .fileDescriptor(file, closeAfterSpawningProcess: false),
      error: .fileDescriptor(file, closeAfterSpawningProcess: false)
    ) { execution in
      let process = ChildProcess(
        id: execution.processIdentifier.value, outputPath: outputPath)
      let result = await Swift.Result { try await body(process) }
      process.send(SIGTERM)
      return result
    }
    return try outcome.closureResult.get()
  }

  /// Runs a program to its end.
  /// - Returns: what it wrote.
  /// - Throws: `BenchFailure` with the end of that when it fails.
  static func output(
    of program: String, _ arguments: [String], environment: [String: String] = [:]
  ) async throws -> String {
    var variables: [Environment.Key: String] = [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8",
    ]
    for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
    let result = try await run(
      program.hasPrefix("/") ? .path(FilePath(program)) : .name(program),
      arguments: Arguments(arguments), environment: .custom(variables), input: .none,
      output: .string(limit: 1 << 20), error: .combinedWithOutput)
    let output = result.standardOutput
    guard result.terminationStatus.isSuccess else {
      throw BenchFailure("\(program) failed: \(output.suffix(1_000))")
    }
    return output
  }

  /// How much of it is in memory now, and was at most: VmRSS and VmHWM of proc(5), in megabytes of
  /// 10^6 bytes.
  func memory() -> (now: Double, peak: Double) {
    let text = (try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)) ?? ""
    func value(_ name: String) -> Double {
      let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") } ?? ""
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      return words.count > 1 ? (Double(words[1]) ?? 0) * 1_024 / 1e6 : 0
    }
    return (value("VmRSS"), value("VmHWM"))
  }

  /// How many seconds of a processor it has taken so far: utime and stime of proc(5), in steps of
  /// 10 ms.
  func processorTime() -> Double { Self.processorTime(of: id) }

  /// The same of any process.
  static func processorTime(of id: Int32) -> Double {
    let text = (try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)) ?? ""
    // The name in brackets may hold spaces; the state after it is the third field.
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
      return 0
    }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  private func send(_ signal: Int32) {
    kill(id, signal)
  }

  /// What it has written so far.
  var output: String {
    String(decoding: FileManager.default.contents(atPath: outputPath) ?? Data(), as: UTF8.self)
  }
}

extension Result where Failure == any Error {
  /// Runs `body` and keeps what it gives or throws.
  init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
