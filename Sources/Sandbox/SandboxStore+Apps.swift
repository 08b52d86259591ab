extension SandboxStore {
  /// Adds an App with a token that works at once; nil when another one has its identifier.
  func addApp(
    identifier: String, name: String, token: String, permissions: [String],
    webhooks: [SandboxInstalledApp.Webhook]
  ) -> SandboxApp? {
    guard !installedApps.contains(where: { $0.app.identifier == identifier }) else { return nil }
    let app = SandboxApp(
      id: .globalID("App", "\(nextAppNumber)"), identifier: identifier, name: name, token: token,
      permissions: permissions)
    nextAppNumber += 1
    installedApps.append(SandboxInstalledApp(app: app, webhooks: webhooks))
    return app
  }

  /// Removes an App; its token is dead.
  func removeApp(_ id: String) { installedApps.removeAll { $0.app.id == id } }

  /// Switches an App and its token on or off.
  func set(installedApp id: String, isActive: Bool) {
    for index in installedApps.indices where installedApps[index].app.id == id {
      installedApps[index].app.isActive = isActive
    }
  }

  /// Keeps an App as it was changed.
  func keep(_ changed: SandboxApp) {
    if changed.id == app.id { app = changed }
    for index in installedApps.indices where installedApps[index].app.id == changed.id {
      installedApps[index].app = changed
    }
  }

  /// Takes permissions from an installed App, or gives it some.
  package func set(permissions: [String], ofInstalledApp id: String) {
    for index in installedApps.indices where installedApps[index].app.id == id {
      installedApps[index].app.permissions = permissions
    }
  }

  /// Lets the next installed App have this number: its id is made of it.
  package func set(nextAppNumber number: Int) { nextAppNumber = number }

  /// Notes how an installation went, the last try of each.
  func keep(_ installation: SandboxInstallation) {
    installations.removeAll { $0.id == installation.id }
    installations.append(installation)
  }
}
