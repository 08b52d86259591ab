package import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
package import Web

/// How Laurel listens, whatever its routes are.
package enum Listener {
  /// How many clients may be connected at once; more wait to be accepted. With 2 MiB for a body
  /// at most, this bounds what they can make Laurel hold.
  private static let maximumConnections = 512

  /// Serves `router` on the configuration's address, and tells `boundPort` once it does. Deliveries
  /// pass `gate` before they come to the router.
  package static func application(
    _ router: Router<LaurelContext>, _ configuration: Configuration, boundPort: BoundPort,
    gate: DeliveryGate? = nil, log: Logger
  ) -> Application<RouterResponder<LaurelContext>> {
    Application(
      router: router,
      server: HTTPServerBuilder {
        EventLoopChannel(
          base: HTTP1Channel(
            responder: $0,
            configuration: .init(
              additionalChannelHandlers: gate.map { [DeliveryGateHandler($0)] } ?? [],
              idleTimeout: .seconds(60))))
      },
      configuration: .init(
        address: .hostname(configuration.host, port: configuration.port), backlog: 1024,
        availableConnectionsDelegate: MaximumAvailableConnections(maximumConnections)),
      onServerRunning: { channel in
        let port = channel.localAddress?.port ?? 0
        boundPort.set(port)
        log.info("listening", metadata: ["address": "http://\(configuration.host):\(port)"])
      }, logger: log)
  }
}
