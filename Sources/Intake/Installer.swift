package import Domain
import FoundationEssentials
import Ledger
package import Logging
package import Postgres
package import SaleorAPI

/// Lets stores install Laurel by themselves: gives them the manifest, and takes their tokens.
///
/// A registration is not signed and could come from anybody, so nothing in it is believed: the store
/// must be on the operator's list, and confirm, when it is called back with the token, that the token
/// is that of a Laurel App there. Whoever cannot make the store say that changes nothing, however
/// often he tries; and one token of the store's own App is as good as another.
package struct Installer: Sendable {
  /// What an installer is told.
  package struct Settings: Sendable {
    /// Laurel's address as stores reach it, without a slash at its end.
    package let publicURL: String
    /// Laurel's version.
    package let version: String
    /// What the programme issues now, which decides on the permissions.
    package let kind: @Sendable () -> RewardKind
    /// Which stores may install.
    package let allowedStores: AllowedStores

    /// Settings with these values.
    package init(
      publicURL: String, version: String, kind: @escaping @Sendable () -> RewardKind,
      allowedStores: AllowedStores
    ) {
      self.publicURL = publicURL
      self.version = version
      self.kind = kind
      self.allowedStores = allowedStores
    }
  }

  /// Makes a client of a store that shows a token. Its calls keep to the reach, and end soon: the
  /// store itself waits for the registration (18 s, FACTS §3).
  package typealias Dial = @Sendable (StoreAddress, String, AllowedStores.Reach) -> StoreClient

  /// How many registrations may be under way at once, one for each store. Each of them makes Laurel
  /// call a store.
  package static let maximumRegistrations = 4
  /// The largest body of a registration; a recorded one has 48 bytes.
  package static let maximumBodyBytes = 4096

  private static let maximumTokenLength = 500

  /// What the installer was told.
  package let settings: Settings
  private let tokens: TokenBox
  private let pool: Pool
  private let dial: Dial
  private let onChange: @Sendable () async -> Void
  private let gate = RegistrationGate(maximum: maximumRegistrations)

  /// Writes installations down in `pool`, their tokens sealed by `tokens`, and waits for
  /// `onChange` after each, because the store's first delivery follows at once.
  package init(
    _ settings: Settings, tokens: TokenBox, pool: Pool, dial: @escaping Dial,
    onChange: @escaping @Sendable () async -> Void
  ) {
    self.settings = settings
    self.tokens = tokens
    self.pool = pool
    self.dial = dial
    self.onChange = onChange
  }

  /// The manifest as JSON, for a store of the version that its header `Saleor-Schema-Version` tells;
  /// for anybody else as for the oldest one.
  package func manifest(schemaVersion: String?) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try Array(
      encoder.encode(
        AppManifest(
          publicURL: settings.publicURL, version: settings.version, kind: settings.kind(),
          store: schemaVersion.flatMap(StoreVersion.init) ?? .oldest)))
  }

  /// Takes a registration: the body of the store's request, and its header `Saleor-Api-Url`.
  ///
  /// The token is kept only after the store has confirmed it. A store that installs again replaces
  /// App and token; it stays the same store with all its history.
  /// - Throws: `InstallationRefusal`, after which nothing was kept.
  package func register(
    body: [UInt8], apiURL: String?, logger: Logger
  ) async throws(InstallationRefusal) {
    var logger = logger
    logger[metadataKey: "store"] = "\((apiURL ?? "").prefix(200))"
    do throws(InstallationRefusal) {
      let (store, reach, token) = try request(body: body, apiURL: apiURL)
      guard gate.enter(store, reach) else {
        throw InstallationRefusal(
          .busy, "Laurel is busy with installations just now. Wait a minute and try again.")
      }
      var isRefused = false
      defer { gate.leave(store, isRefused: isRefused) }
      do throws(InstallationRefusal) {
        let app = try await confirm(token, at: store, reach)
        try await keep(token, of: app, at: store, logger)
        logger.notice("a store has installed Laurel", metadata: ["app": "\(app.id)"])
      } catch {
        isRefused = error.code == .tokenRefused || error.code == .otherApp
        throw error
      }
    } catch {
      logger.warning("installation refused", metadata: ["reason": "\(error)"])
      throw error
    }
    await onChange()
  }

  /// What is asked for, once it is known that the store may ask.
  private func request(
    body: [UInt8], apiURL: String?
  ) throws(InstallationRefusal) -> (StoreAddress, AllowedStores.Reach, String) {
    guard let text = apiURL, let store = StoreAddress(text) else {
      throw InstallationRefusal(
        .malformed, "The header Saleor-Api-Url does not name the store's address.")
    }
    guard let reach = settings.allowedStores.reach(of: store) else {
      throw InstallationRefusal(
        .notAllowed,
        "This Laurel is not open to the store \(store.canonical.prefix(100)). Its operator can add "
          + "the store to LAUREL_ALLOWED_STORES.")
    }
    let fields = try? JSONDecoder().decode(Registration.self, from: Data(body))
    guard let token = fields?.authToken, (1...Self.maximumTokenLength).contains(token.utf8.count),
      token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else {
      throw InstallationRefusal(.malformed, "The request has no auth_token.")
    }
    return (store, reach, token)
  }

  private struct Registration: Decodable {
    let authToken: String

    enum CodingKeys: String, CodingKey { case authToken = "auth_token" }
  }

  /// Has the store confirm that the token is that of a Laurel App which may do its work.
  private func confirm(
    _ token: String, at store: StoreAddress, _ reach: AllowedStores.Reach
  ) async throws(InstallationRefusal) -> StoreApp {
    let app: StoreApp?
    do {
      app = try await dial(store, token, reach).app()
    } catch let error as StoreError where error.code == .permissionDenied {
      throw InstallationRefusal(
        .tokenRefused,
        "The store does not accept the token that it sent. Install Laurel again, and have it "
          + "switched on at once.")
    } catch {
      let reason = (error as? StoreError)?.message ?? "no answer"
      throw InstallationRefusal(
        .unreachable,
        "Laurel cannot call the store back at \(store.canonical.prefix(80)) (\(reason.prefix(60))). "
          + "Check that this address can be reached from Laurel, then try again.")
    }
    guard let app, app.identifier == AppManifest.identifier, !app.id.isEmpty,
      app.id.utf8.count <= 255
    else {
      throw InstallationRefusal(
        .otherApp, "The token belongs to another App of the store than \(AppManifest.identifier).")
    }
    let missing = AppPermission.needed(for: settings.kind()).map(\.rawValue)
      .filter { !app.permissions.contains($0) }
    guard missing.isEmpty else {
      throw InstallationRefusal(
        .permissionsMissing,
        "The App lacks \(missing.joined(separator: ", ")). Install it with all permissions of its "
          + "manifest.")
    }
    return app
  }

  /// Writes the installation down, and the store with it when it is new.
  private func keep(
    _ token: String, of app: StoreApp, at store: StoreAddress, _ logger: Logger
  ) async throws(InstallationRefusal) {
    do {
      let sealed = try tokens.seal(token, of: store.canonical)
      try await pool.transaction { session in
        let id = try await StoreRepository(session).connect(store)
        try await InstallationRepository(session).install(
          store: id, appID: app.id, token: sealed, keyID: tokens.keyID,
          manifestVersion: settings.version)
      }
    } catch {
      logger.error("installation not written", metadata: ["error": "\(error)"])
      throw InstallationRefusal(
        .unavailable, "Laurel could not write the installation down. Try again in a minute.")
    }
  }
}
