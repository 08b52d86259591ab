import HummingbirdCore
import Logging
import NIOCore

/// A connection whose requests are answered on the event loop that reads and writes its socket. By
/// default they run on threads of their own, and each changes threads several times.
struct EventLoopChannel: ServerChildChannel {
  /// The connection as it is otherwise.
  let base: HTTP1Channel

  /// Sets the connection up.
  func setup(
    channel: any Channel, logger: Logger
  ) -> EventLoopFuture<HTTP1Channel.Value> {
    base.setup(channel: channel, logger: logger)
  }

  /// Serves it until it is closed.
  func handle(value: HTTP1Channel.Value, logger: Logger) async {
    await withTaskExecutorPreference(EventLoopExecutor(value.channel.eventLoop)) {
      await base.handle(value: value, logger: logger)
    }
  }
}
