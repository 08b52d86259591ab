package import Hummingbird

/// All routes of the service.
package enum LaurelRouter {
  /// Puts the routes together; `adminKey` guards those that are for admins.
  /// - Throws: `SigningError`.
  package static func build(
    webhooks: WebhookRoutes, codes: CodeRoutes, health: HealthRoutes, metrics: MetricsRoutes,
    installation: InstallationRoutes, storefront: StorefrontRoutes, adminKey: String
  ) throws -> Router<LaurelContext> {
    let router = withProbes(health, metrics)
    webhooks.add(to: router)
    installation.add(to: router)
    storefront.add(to: router)
    codes.add(to: router.group().add(middleware: try AdminKeyMiddleware(key: adminKey)))
    router.refuseOtherMethods()
    return router
  }

  /// What a process without the API answers: those who watch it, and nobody else.
  package static func probes(
    health: HealthRoutes, metrics: MetricsRoutes
  ) -> Router<LaurelContext> {
    let router = withProbes(health, metrics)
    router.refuseOtherMethods()
    return router
  }

  private static func withProbes(
    _ health: HealthRoutes, _ metrics: MetricsRoutes
  ) -> Router<LaurelContext> {
    let router = Router(context: LaurelContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: ProblemMiddleware())
    health.add(to: router)
    metrics.add(to: router)
    return router
  }
}
