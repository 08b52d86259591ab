import Glibc
import SystemPackage
import Testing

@testable import App

@Suite struct PrivateClusterTests {
  @Test func `data outlives a stop, and nothing is left running`() async throws {
    try await ScratchFolder.with { scratch in
      let first = try await scratch.start()
      _ = try await first.query("CREATE TABLE kept AS SELECT 42 AS answer")
      try await first.stop()
      #expect(scratch.server == nil)
      #expect(try await scratch.processes() == [])
      try await first.stop()

      let second = try await scratch.start()
      #expect(try await second.query("SELECT answer FROM kept") == "42")
      try await second.stop()
      #expect(try await scratch.processes() == [])
    }
  }

  @Test func `the server is durable, private and modest`() async throws {
    try await ScratchFolder.with { scratch in
      let cluster = try await scratch.start()
      let settings = try await cluster.query(
        """
        SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings WHERE name IN
          ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'server_encoding',
           'unix_socket_permissions', 'max_connections', 'data_checksums', 'TimeZone')
        """)
      #expect(
        settings
          == "TimeZone=UTC data_checksums=on fsync=on full_page_writes=on listen_addresses= "
          + "max_connections=100 server_encoding=UTF8 synchronous_commit=on "
          + "unix_socket_permissions=0700")
      let role = try await cluster.query(
        "SELECT current_user, rolsuper, current_database() FROM pg_roles WHERE rolname = 'laurel'")
      #expect(role == "laurel|f|laurel")
      let folder = try Stat(FilePath(scratch.data).appending("postgres"))
      #expect(folder.permissions == .ownerReadWriteExecute)
      #expect(folder.userID.rawValue != 0)
      try await cluster.stop()
    }
  }

  @Test func `the server holds no stream of its starter`() async throws {
    try await ScratchFolder.with { scratch in
      let cluster = try await scratch.start()
      let server = try #require(scratch.server)
      let log = try ClusterFiles.resolve(FilePath(scratch.data).appending("postgres/server.log"))
      for (stream, target) in [0: "/dev/null", 1: log.string, 2: log.string] {
        #expect(try ClusterFiles.resolve(FilePath("/proc/\(server)/fd/\(stream)")).string == target)
      }
      #expect(getsid(server) != getsid(0))
      try await cluster.stop()
    }
  }

  @Test func `a killed server recovers with everything that was committed`() async throws {
    try await ScratchFolder.with { scratch in
      let first = try await scratch.start()
      _ = try await first.query("CREATE TABLE kept AS SELECT 42 AS answer")
      kill(try #require(scratch.server), SIGKILL)
      let second = try await scratch.start()
      #expect(try await second.query("SELECT answer FROM kept") == "42")
      try await second.stop()
      #expect(try await scratch.processes() == [])
    }
  }

  @Test func `a server that outlived its Laurel is taken over`() async throws {
    try await ScratchFolder.with { scratch in
      let first = try await scratch.start()
      _ = try await first.query("CREATE TABLE kept AS SELECT 42 AS answer")
      let server = try #require(scratch.server)
      let second = try await scratch.start()
      #expect(scratch.server == server)
      #expect(second.connectionString == first.connectionString)
      #expect(try await second.query("SELECT answer FROM kept") == "42")
      try await second.stop()
      #expect(try await scratch.processes() == [])
    }
  }

  @Test func `a process that only has the old server's number is left alone`() async throws {
    try await ScratchFolder.with { scratch in
      try await scratch.start().stop()
      let folder = try await ClusterFolder.prepare(in: FilePath(scratch.data))
      let stranger = try await ClusterCommand(
        program: "sh", arguments: ["-c", "sleep 300 >/dev/null 2>&1 & echo $!"], user: folder.user
      ).run()
      let process = try #require(Int32(stranger.output))
      defer { kill(process, SIGKILL) }
      // As a real one looks, with this number on its first line.
      let lines = ["\(process)", folder.data.string, "1700000000", "5432", folder.path.string, ""]
      try await ClusterCommand(
        program: "sh",
        arguments: ["-c", #"echo "$1" >data/postmaster.pid"#, "sh", lines.joined(separator: "\n")],
        user: folder.user, folder: folder.path
      ).require("sh")

      let cluster = try await scratch.start()
      #expect(try await cluster.query("SELECT 1") == "1")
      #expect(scratch.server != process)
      try await cluster.stop()
      #expect(kill(process, 0) == 0)
    }
  }

  @Test func `a start that was killed half-way is made good`() async throws {
    try await ScratchFolder.with { scratch in
      scratch.letEveryonePass()
      // As the very first step leaves it: a folder that was not given away yet.
      let data = try DataDirectory.makeFolder(scratch.data)
      try ClusterFiles.makeFolder(data.appending("postgres"), mode: 0o700)
      let folder = try await ClusterFolder.prepare(in: data)
      #expect(folder.user.userID != 0)
      // As initdb leaves it when it is killed.
      try await ClusterCommand(
        program: "sh",
        arguments: ["-c", "mkdir -p data.making/base && echo 15 >data.making/PG_VERSION"],
        user: folder.user, folder: folder.path
      ).require("sh")

      let cluster = try await scratch.start()
      #expect(try await cluster.query("SELECT 1") == "1")
      #expect((try? Stat(folder.path.appending("data.making"))) == nil)
      try await cluster.stop()
    }
  }

  @Test func `a start that is cancelled leaves nothing running`() async throws {
    try await ScratchFolder.with { scratch in
      let starting = Task { try await scratch.start() }
      while (try? Stat(FilePath(scratch.data).appending("postgres/data.making"))) == nil {
        try await Task.sleep(for: .milliseconds(5))
      }
      starting.cancel()
      await #expect { try await starting.value } throws: { error in
        (error as? PrivateClusterError)?.code == .cancelled
      }
      try await scratch.waitForNoProcesses()

      let cluster = try await scratch.start()
      let stopping = Task {
        unsafe withUnsafeCurrentTask { task in unsafe task?.cancel() }
        try await cluster.stop()
      }
      try await stopping.value
      #expect(try await scratch.processes() == [])
    }
  }
}
