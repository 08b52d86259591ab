import Glibc
import SystemPackage
import Testing

@testable import App

@Suite struct ClusterFolderTests {
  @Test func `a folder that the server's user cannot reach is replaced by a link`() async throws {
    try await ScratchFolder.with(mode: 0o700) { scratch in
      let cluster = try await scratch.start()
      _ = try await cluster.query("CREATE TABLE kept AS SELECT 42 AS answer")
      try await cluster.stop()
      let entry = FilePath(scratch.data).appending("postgres")
      let target = try ClusterFiles.resolve(entry)
      let isLink = try Stat(entry, followTargetSymlink: false).type == .symbolicLink
      // An ordinary user runs the server itself and needs no other place.
      #expect(isLink == (geteuid() == 0))
      #expect(target.starts(with: ClusterFolder.commonFolder) == isLink)
      #expect(try Stat(target).permissions == .ownerReadWriteExecute)

      let again = try await scratch.start()
      #expect(try await again.query("SELECT answer FROM kept") == "42")
      try await again.stop()
      #expect(try await scratch.processes() == [])
      if isLink {
        try await ClusterCommand(program: "rm", arguments: ["-rf", target.string]).require("rm")
        // What was there is gone: an empty database in its place would pass for the real one.
        await #expect { try await scratch.start() } throws: { error in
          (error as? PrivateClusterError)?.code == .folderUnusable
        }
      }
    }
  }

  @Test func `a long path with odd characters gets a short socket folder`() async throws {
    try await ScratchFolder.with { scratch in
      scratch.letEveryonePass()
      let name = #"we ird, $(touch x) `y` "q" 'é' "# + String(repeating: "long", count: 30)
      let data = scratch.path.appending("base").appending(name).string
      func start() async throws -> PrivateCluster {
        try await PrivateCluster.start(dataDirectory: data, log: ScratchFolder.quiet)
      }
      let first = try await start()
      let socket = try #require(
        first.connectionString.split(separator: " ").first?.split(separator: "=").last
      )
      #expect(socket.hasPrefix("/tmp/laurel-"))
      #expect(try Stat(FilePath(String(socket))).permissions == .ownerReadWriteExecute)
      #expect(try await first.query("SELECT 1") == "1")

      // Taken over with the same folder, and made anew with a fresh one when it was swept away.
      #expect(try await start().connectionString == first.connectionString)
      try await ClusterCommand(program: "rm", arguments: ["-rf", String(socket)]).require("rm")
      let second = try await start()
      #expect(try await second.query("SELECT 1") == "1")
      try await second.stop()
      #expect(try await scratch.processes() == [])
      let record = FilePath(data).appending("socket-folder")
      #expect((try? Stat(record)) == nil)
    }
  }

  @Test func `only paths that need no quotes and fit hold a socket`() {
    #expect(SocketFolder.isSuitable("/srv/laurel_1/data-2.d"))
    #expect(SocketFolder.isSuitable("/" + String(repeating: "a", count: 92)))
    #expect(!SocketFolder.isSuitable("/" + String(repeating: "a", count: 93)))
    for character in [" ", ",", "'", "\"", "$", "\\", "é", "\n"] {
      #expect(!SocketFolder.isSuitable("/srv/\(character)"))
    }
  }

  @Test func `a cluster of somebody else is refused`() async throws {
    try await ScratchFolder.with { scratch in
      scratch.letEveryonePass()
      let data = try DataDirectory.makeFolder(scratch.data)
      // Root's own folder is nobody PostgreSQL could run as; a user meets it through a link.
      if geteuid() == 0 {
        try ClusterFiles.makeFolder(data.appending("postgres"), mode: 0o700)
        try ClusterFiles.writeText("x", to: data.appending("postgres/file"))
      } else {
        try ClusterFiles.link(data.appending("postgres"), to: "/usr")
      }
      await #expect { try await scratch.start() } throws: { error in
        (error as? PrivateClusterError)?.code == .wrongOwner
      }
    }
  }

  @Test func `a cluster of another major version is refused by name`() async throws {
    try await ScratchFolder.with { scratch in
      try await scratch.start().stop()
      let folder = try await ClusterFolder.prepare(in: FilePath(scratch.data))
      try await ClusterCommand(
        program: "sh", arguments: ["-c", "echo 9 >data/PG_VERSION"], user: folder.user,
        folder: folder.path
      ).require("sh")
      await #expect { try await scratch.start() } throws: { error in
        guard let error = error as? PrivateClusterError else { return false }
        return error.code == .versionMismatch && error.message.contains("install PostgreSQL 9")
      }
    }
  }

  @Test func `a machine without a server or its user is told what to install`() async {
    await #expect {
      try await ServerPrograms.installed(
        configuration: "no-such-pg_config", versionsFolder: "/nonexistent")
    } throws: { error in
      guard let error = error as? PrivateClusterError else { return false }
      return error.code == .notInstalled && error.message.contains("apt install postgresql")
    }
    #expect { try ClusterUser.named("no-such-user") } throws: { error in
      (error as? PrivateClusterError)?.code == .userMissing
    }
  }

  @Test func `a program that misses its deadline is ended`() async {
    await #expect {
      try await ClusterCommand(
        program: "sleep", arguments: ["300"], deadline: .milliseconds(50)
      ).run()
    } throws: { error in
      (error as? PrivateClusterError)?.code == .timedOut
    }
  }
}
