import FoundationEssentials
import SystemPackage

/// How large the program is.
struct FootprintPart {
  /// What it works with.
  let bench: Bench

  /// The program without its symbols, in megabytes. It is the one that the image holds only when it
  /// was built with `--static-swift-stdlib`, as `make bench` does.
  func figures() async throws -> [Figure] {
    let copy = "\(bench.folder)/laurel-stripped"
    _ = try await ChildProcess.output(of: "strip", ["-o", copy, bench.laurel])
    let size = try Stat(FilePath(copy)).size
    try FileManager.default.removeItem(atPath: copy)
    return [
      Figure(
        id: "binary", name: "program, stripped", unit: "MB", value: Series([Double(size) / 1e6]),
        goal: .atMost(40))
    ]
  }
}
