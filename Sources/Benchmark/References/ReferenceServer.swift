import App
import ArgumentParser
import Hummingbird
import Logging
import Web

/// `laurel-bench reference-server`: what Laurel's server and router can do when nothing is done with
/// a delivery. The body is read as Laurel reads it, and the answer is Laurel's.
struct ReferenceServer: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reference-server",
    abstract: "Reads the bodies of webhooks and answers 200, until it is stopped.",
    shouldDisplay: false)

  @Option(help: "The port on 127.0.0.1.")
  var port = 8080

  func run() async throws {
    let router = Router(context: LaurelContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: ProblemMiddleware())
    router.post("webhooks/order-confirmed") { request, context in
      let body = try await context.body(of: request, upTo: WebhookRoutes.maximumBodyBytes)
      return Response(
        status: body.readableBytes > 0 ? .ok : .badRequest,
        headers: [.contentType: "application/json"],
        body: .init(byteBuffer: .init(string: #"{"status":"accepted"}"#)))
    }
    let configuration = try Configuration(
      environment: [
        "HOST": "127.0.0.1", "PORT": String(port), "REFERRAL_REWARD_AMOUNT": "10",
        "REFERRAL_REWARD_CURRENCY": "USD",
      ])
    try await Listener.application(
      router, configuration, boundPort: BoundPort(), log: .silent
    ).runService()
  }
}
