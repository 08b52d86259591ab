import FoundationEssentials
import Glibc

/// The pages of the program's code that are in memory.
enum ResidentCode {
  /// Gives them back. What runs next is mapped again from the page cache.
  ///
  /// The kernel maps the 16 pages around each one that is touched, and a start runs a megabyte of code
  /// once, all over the program and its libraries: most of what an idle service has in memory is code
  /// that it never runs again. It stays in the page cache, from which the kernel takes it first when
  /// memory is short. Code has no relocations, so that no page of it is the process's own.
  static func giveBack() {
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
