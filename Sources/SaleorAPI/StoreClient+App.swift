/// The App that a token belongs to, as the store tells it.
package struct StoreApp: Sendable, Equatable {
  /// The global id; each installation has one of its own.
  package let id: String
  /// The identifier of the manifest that it was installed from.
  package let identifier: String?
  /// Whether it is switched on.
  package let isActive: Bool
  /// The codes of its permissions.
  package let permissions: Set<String>
}

extension StoreClient {
  /// The App that the client's token belongs to.
  /// - Throws: `StoreError`, with `permissionDenied` for a token that does not live;
  ///   `CancellationError`.
  package func app() async throws -> StoreApp {
    guard let app = try await graphQL.send(AppQuery()).app else {
      throw StoreError(.unexpectedAnswer, "App: the token belongs to no App")
    }
    return StoreApp(
      id: app.id, identifier: app.identifier, isActive: app.isActive ?? false,
      permissions: Set((app.permissions ?? []).map(\.code)))
  }
}
