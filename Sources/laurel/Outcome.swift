import App
import ArgumentParser
import Glibc

/// Turns an error into what a person reads and a program's exit status.
enum Outcome {
  /// Runs `body`. Wrong configuration ends with status 64, every other failure with 1.
  static func report(_ body: () async throws -> Void) async throws {
    do {
      try await body()
    } catch let code as ExitCode {
      throw code
    } catch let error as ConfigurationError {
      LineLogHandler.standardError("\(error)\n")
      throw ExitCode(64)
    } catch {
      LineLogHandler.standardError("laurel: \(error)\n")
      throw ExitCode.failure
    }
  }
}
