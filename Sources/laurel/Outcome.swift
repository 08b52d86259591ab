import App
import ArgumentParser
import Glibc

/// Turns an error into what a person reads and a program's exit status.
enum Outcome {
  /// Runs `body`. Wrong use or configuration ends with status 64, every other failure with 1.
  static func report(_ body: () async throws -> Void) async throws {
    do {
      try await body()
    } catch let code as ExitCode {
      throw code
    } catch let error as UsageError {
      LineLogHandler.standardError("laurel: \(error)\n")
      throw ExitCode(64)
    } catch let error as ConfigurationError {
      LineLogHandler.standardError("\(error)\n")
      throw ExitCode(64)
    } catch {
      LineLogHandler.standardError("laurel: \(error)\n")
      throw ExitCode.failure
    }
  }

  /// Runs a command and prints what it reports. What it could not do goes to standard error, and
  /// ends with status 1.
  static func print(_ body: () async throws -> CommandReport) async throws {
    try await report {
      let report = try await body()
      if !report.output.isEmpty { Swift.print(report.output) }
      // Where both go to one file, what was printed stands first and in one piece.
      _ = fflush(nil)
      for failure in report.failures { LineLogHandler.standardError("laurel: \(failure)\n") }
      if !report.failures.isEmpty { throw ExitCode.failure }
    }
  }
}
