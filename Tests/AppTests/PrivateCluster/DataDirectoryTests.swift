import Glibc
import SystemPackage
import Testing

@testable import App

@Suite struct DataDirectoryTests {
  @Test func `the second holder is refused and told who the first is`() async throws {
    try await ScratchFolder.with { scratch in
      let path = scratch.path.appending("base/deep/er").string
      let first = try DataDirectory(locking: path)
      #expect(first.path == path)
      for folder in ["base", "base/deep", "base/deep/er"] {
        let permissions = try Stat(scratch.path.appending(folder)).permissions.rawValue
        #expect(permissions & 0o777 == (geteuid() == 0 ? 0o711 : 0o700), "\(folder)")
      }
      #expect { try DataDirectory(locking: path) } throws: { error in
        guard let error = error as? DataDirectoryError else { return false }
        return error.code == .inUse && error.holder == getpid() && error.isRetryable
          && error.message.contains(path)
      }
      first.release()
      try DataDirectory(locking: path).release()
    }
  }

  @Test func `the lock ends with a process that is killed`() async throws {
    try await ScratchFolder.with { scratch in
      try DataDirectory(locking: scratch.data).release()
      let lock = FilePath(scratch.data).appending("lock").string
      let holder = try await ClusterCommand(
        program: "sh",
        arguments: [
          "-c", #"(flock -n 9 && exec sleep 300) 9<>"$1" >/dev/null 2>&1 & sleep 1; echo $!"#,
          "sh", lock,
        ]
      ).run()
      let process = try #require(Int32(holder.output))
      #expect(throws: DataDirectoryError.self) { try DataDirectory(locking: scratch.data) }
      kill(process, SIGKILL)
      for _ in 0..<100 {
        if let directory = try? DataDirectory(locking: scratch.data) {
          directory.release()
          return
        }
        try await Task.sleep(for: .milliseconds(50))
      }
      Issue.record("the lock outlived its holder")
    }
  }

  @Test func `a program that is started meanwhile does not inherit the lock`() async throws {
    try await ScratchFolder.with { scratch in
      let directory = try DataDirectory(locking: scratch.data)
      let descriptors = try await ClusterCommand(
        program: "ls", arguments: ["-l", "/proc/self/fd"]
      ).require("ls")
      #expect(descriptors.contains("/dev/null"))
      #expect(!descriptors.contains(directory.path))
      directory.release()
    }
  }

  @Test func `a folder that cannot be is named`() {
    #expect { try DataDirectory(locking: "/dev/null/laurel") } throws: { error in
      guard let error = error as? DataDirectoryError else { return false }
      return error.code == .unusable && error.message.contains("/dev/null/laurel")
    }
  }
}
