extension SandboxStore {
  /// Changes the App as the store has it.
  package func change(app change: @Sendable (inout SandboxApp) -> Void) { change(&app) }
}
