import Glibc
import NIOCore
import NIOPosix

/// Ports of 127.0.0.1.
enum LocalPort {
  /// One that nobody listens on now.
  static func free() async throws -> Int {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: 0).get()
    let port = channel.localAddress?.port
    try await channel.close()
    guard let port else { throw BenchFailure("no port is free") }
    return port
  }

  /// Waits until a process listens there.
  /// - Throws: `BenchFailure` when it has ended, or takes more than a minute.
  static func wait(for process: ChildProcess, on port: Int) async throws {
    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connectTimeout(.seconds(1))
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline, kill(process.id, 0) == 0 {
      if let channel = try? await bootstrap.connect(host: "127.0.0.1", port: port).get() {
        try await channel.close()
        return
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw BenchFailure("it does not listen: \(process.output.suffix(1_000))")
  }
}
