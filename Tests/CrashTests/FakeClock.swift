import FoundationEssentials

/// Another time of day for one process, by Debian's package faketime.
enum FakeClock {
  /// The library is not installed.
  struct Missing: Error, CustomStringConvertible {
    let description = "libfaketimeMT.so.1 is not there; on Debian: apt-get install faketime"
  }

  /// What makes a process believe that it is `offset`, such as `+1h`, from now. Its waits stay as
  /// they are: a machine whose clock is wrong still counts seconds right.
  static func environment(_ offset: String) throws -> [String: String] {
    let library = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib")
      .map { "/usr/lib/\($0)/faketime/libfaketimeMT.so.1" }
      .first { FileManager.default.fileExists(atPath: $0) }
    guard let library else { throw Missing() }
    return [
      "LD_PRELOAD": library, "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    ]
  }

  /// Removes what the library leaves behind of a process that was started through `env`.
  static func cleanUp(after process: Int32) {
    for name in ["faketime_shm_\(process)", "sem.faketime_sem_\(process)"] {
      try? FileManager.default.removeItem(atPath: "/dev/shm/\(name)")
    }
  }

  /// How many seconds the last line of a log was ahead of now.
  static func offset(ofLog output: String) throws -> Double {
    let last = output.split(separator: "\n").last { $0.contains(" info ") } ?? ""
    let time = try Date(
      String(last.prefix { $0 != " " }),
      strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    return time.timeIntervalSinceNow
  }
}
