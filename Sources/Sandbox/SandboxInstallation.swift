/// An App that was installed from a manifest.
package struct SandboxInstalledApp: Sendable {
  /// One webhook of its manifest. It has no secret, so its deliveries are signed with the store's
  /// own key (FACTS §2).
  package struct Webhook: Sendable {
    /// Its name.
    package let name: String
    /// Its events, such as `APP_DELETED`.
    package let events: [String]
    /// What it is told of them.
    package let subscription: SandboxSubscription
    /// Where.
    package let targetURL: String
  }

  /// The App.
  package internal(set) var app: SandboxApp
  /// Its webhooks.
  package let webhooks: [Webhook]
}

/// One installation, as `appsInstallations` shows it until it has succeeded.
package struct SandboxInstallation: Sendable, Equatable {
  /// How it went.
  package enum Status: String, Sendable {
    /// The App is there.
    case installed = "INSTALLED"
    /// It failed; the App and its token are gone.
    case failed = "FAILED"
  }

  /// The global id.
  package let id: String
  /// The name that the App was to have.
  package let appName: String
  /// Where the manifest is.
  package let manifestURL: String
  /// The permissions that the App was to have; nil for those of the manifest.
  package let permissions: [String]?
  /// How the last try went.
  package internal(set) var status: Status
  /// What the Dashboard shows of a failure.
  package internal(set) var message: String?
  /// The App's id, once it is there.
  package internal(set) var appID: String?
}

/// One HTTP request of the store to an App that is being installed.
package struct SandboxCall: Sendable {
  /// `GET` or `POST`.
  package let method: String
  /// Where to.
  package let url: String
  /// All request headers with their recorded names, in the recorded order.
  package let headers: [(name: String, value: String)]
  /// The body; none with `GET`.
  package let body: [UInt8]?
}
