import FoundationEssentials
import Glibc
import ServiceLifecycle

/// Gives back the memory that the service does not need: soon after its start, and then every minute.
///
/// The kernel maps the 16 pages around each one that is touched, and a start runs a megabyte of code
/// once, all over the program and its libraries: most of what an idle service has in memory is code
/// that it never runs again.
struct SpareMemory: Service {
  /// A start is over by then, with the work that was left from before.
  private static let start = Duration.seconds(3)
  private static let interval = Duration.seconds(60)

  /// Gives back until the shutdown.
  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      try await Task.sleep(for: Self.start)
      while true {
        Self.giveBackCode()
        try await Task.sleep(for: Self.interval)
      }
    }
  }

  /// Unmaps the pages of code. What runs next is mapped again from the page cache, where it stays
  /// until the kernel is short of memory. Code has no relocations, so that no page of it is the
  /// process's own. It takes a millisecond.
  private static func giveBackCode() {
    let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
    for line in maps.split(separator: "\n") {
      // From-to, permissions, offset, device, inode, path: proc_pid_maps(5).
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      guard fields.count > 5, fields[1] == "r-xp", fields[5].hasPrefix("/") else { continue }
      let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      guard ends.count == 2, let start = unsafe UnsafeMutableRawPointer(bitPattern: ends[0]) else {
        continue
      }
      _ = unsafe madvise(start, Int(ends[1] - ends[0]), MADV_DONTNEED)
    }
  }
}
