package import Domain
import FoundationEssentials
package import Logging
import Postgres
package import Rules
package import Web
package import Work

/// Everything that the environment sets, checked whole.
package struct Configuration: Sendable {
  /// Where Laurel runs; what is unsafe in production stops the start there.
  package enum Environment: String, CaseIterable, Sendable {
    case development, staging, production
  }

  /// How log lines look.
  package enum LogFormat: String, CaseIterable, Sendable {
    case text, json
  }

  /// The single store that the environment names.
  package struct Store: Sendable {
    /// Its GraphQL address.
    package var address: StoreAddress
    /// The App's token.
    package var token: String
    /// The secrets of its webhooks; each of them is accepted. Without any, the store signs with a
    /// key that it publishes.
    package var webhookSecrets: [String]
  }

  /// Where Laurel runs.
  package var environment: Environment
  /// The database; `nil` stands for a private PostgreSQL under `dataDirectory`.
  package var databaseURL: String?
  /// The address to listen on.
  package var host: String
  /// The port to listen on; 0 lets the system choose.
  package var port: Int
  /// The store; `nil` while none is connected.
  package var store: Store?
  /// The address of the environment's store, also where a command needs no more of it.
  package var storeAddress: StoreAddress?
  /// What is given away, on which orders, and by which rules.
  package var terms: TermsBook
  /// Where the terms come from.
  package var termsSource: TermsSource
  /// How often the store is asked for orders of which no delivery told.
  package var poll: PollSettings
  /// How often the ledger is compared with the store.
  package var reconcile: ReconcileSettings
  /// How the orders from before the store's connection are read.
  package var history: HistorySettings
  /// The admin key; `nil` stands for one that is made and kept under `dataDirectory`.
  package var adminKey: String?
  /// The keys of reward codes, newest first; empty stands for one that is made and kept.
  package var codeKeys: [[UInt8]]
  /// Where Laurel keeps what it makes by itself.
  package var dataDirectory: String
  /// After how many seconds of silence a process counts as dead, 1 to 3600; it renews its claims as
  /// long as it lives.
  package var leaseSeconds: Int
  /// For how many days a newcomer stays bound to the code that he named when he registered.
  package var bindingDays: Int
  /// Who is given a code.
  package var codePolicy: CodePolicy
  /// Whether staff find at the store what became of its orders.
  package var writesNotes: Bool
  /// To how many of the referrers rewards are issued by themselves.
  package var rollout: Rollout
  /// How the letters with the codes go out.
  package var delivery: DeliveryConfiguration
  /// How stores install Laurel by themselves.
  package var installation: InstallationConfiguration
  /// What storefronts and their visitors may ask.
  package var storefront: StorefrontSettings
  /// What keeps nothing from starting, but should be known.
  package var notices: [String]
  /// Where the program ends itself, in a crash test.
  package var failpoint: Failpoint?
  /// The least level that is logged.
  package var logLevel: Logger.Level
  /// How log lines look.
  package var logFormat: LogFormat

  /// What a configuration is read for; nothing is demanded that is not used there.
  package enum Use: Sendable {
    /// The service, and whatever else judges orders: everything.
    case service
    /// A command on the ledger that calls the store too.
    case storeCommand
    /// A command on the ledger.
    case ledgerCommand
  }

  /// Reads and checks the environment.
  /// - Throws: `ConfigurationError` with every fault.
  package init(
    environment values: [String: String], for use: Use = .service
  ) throws(ConfigurationError) {
    var reader = EnvironmentReader(values)
    environment = reader.choice("LAUREL_ENVIRONMENT", standard: .development)
    databaseURL = reader.secret("DATABASE_URL")
    host = HostReader.host(&reader)
    port = reader.number("PORT", in: 0...65535, standard: 8080)
    dataDirectory = reader.text("LAUREL_DATA_DIR") ?? ".laurel"
    leaseSeconds = reader.number("LAUREL_LEASE_SECONDS", in: 1...3600, standard: 60)
    bindingDays = reader.number("LAUREL_BINDING_DAYS", in: 1...3650, standard: 30)
    codePolicy = reader.choice("LAUREL_CODES", standard: .onRequest)
    rollout = reader.rollout()
    poll = PollReader().settings(&reader)
    reconcile = ReconcileReader().settings(&reader)
    history = HistoryReader().settings(&reader)
    writesNotes = NoteReader().writesNotes(&reader)
    failpoint = FailpointReader.failpoint(&reader, in: environment)
    logLevel = reader.choice("LOG_LEVEL", standard: .info)
    logFormat = reader.choice("LOG_FORMAT", standard: .text)
    adminKey = reader.secret("LAUREL_ADMIN_KEY")
    store = Self.store(&reader, for: use)
    storeAddress = reader.text("SALEOR_API_URL").flatMap(StoreAddress.init)
    let isStrict = environment == .production && use == .service
    installation = InstallationReader(isStrict: isStrict).installation(&reader)
    storefront = StorefrontReader(isStrict: isStrict, publicURL: installation.publicURL)
      .settings(&reader)
    // Nothing is given away by a Laurel that no store can reach.
    let servesStores = store != nil || installation.publicURL != nil
    termsSource = TermsSource(values, isStrict: isStrict && servesStores, for: use)
    let reading = termsSource.read()
    for fault in reading.faults { reader.fault(fault) }
    for notice in reading.notices { reader.notice(notice) }
    codeKeys = reader.keys("LAUREL_CODE_KEY")
    delivery =
      use == .service ? DeliveryReader(isStrict: isStrict).delivery(&reader) : .off
    if let databaseURL {
      do {
        _ = try PostgresConfiguration(connectionString: databaseURL)
      } catch {
        reader.fault("DATABASE_URL is not a PostgreSQL address: \(error.message)")
      }
    }
    if environment == .production {
      Self.checkProduction(
        &reader, databaseURL: databaseURL, store: store)
    }
    if isStrict {
      Self.checkProductionKeys(&reader, adminKey: adminKey, codeKeys: codeKeys, store: store)
    }
    guard reader.faults.isEmpty, let terms = reading.book else {
      throw ConfigurationError(reader.faults)
    }
    self.terms = terms
    notices = reader.notices
  }

  private static func store(_ reader: inout EnvironmentReader, for use: Use) -> Store? {
    let url = reader.text("SALEOR_API_URL")
    let token = reader.secret("SALEOR_TOKEN")
    let secrets = reader.secret("SALEOR_WEBHOOK_SECRET")
    guard url != nil || token != nil || secrets != nil else { return nil }
    let address = url.flatMap(StoreAddress.init)
    if url == nil {
      reader.fault("SALEOR_API_URL is missing; it is the store's address ending in /graphql/")
    } else if address == nil {
      reader.fault(
        "SALEOR_API_URL must be an http or https address such as "
          + "https://shop.example.com/graphql/")
    } else if let address, !address.canonical.hasSuffix("/graphql/") {
      reader.fault(
        "SALEOR_API_URL must end in /graphql/, such as https://shop.example.com/graphql/; it is "
          + "\(address)")
    }
    guard use != .ledgerCommand else { return nil }
    if token == nil { reader.fault("SALEOR_TOKEN is missing; it is the App's token") }
    if let token, !isPlain(token) {
      reader.fault("SALEOR_TOKEN has a character that no token has")
    }
    let list = (secrets ?? "").split(separator: ",").map { String($0).trimmingSpace() }
      .filter { !$0.isEmpty }
    if secrets != nil, list.isEmpty, use == .service {
      reader.fault(
        "SALEOR_WEBHOOK_SECRET has no secret in it; leave it out for webhooks without a secret key")
    }
    guard let address, let token else { return nil }
    return Store(address: address, token: token, webhookSecrets: list)
  }

  private static func checkProduction(
    _ reader: inout EnvironmentReader, databaseURL: String?, store: Store?
  ) {
    if databaseURL == nil {
      reader.fault("DATABASE_URL is missing; in production the database must be given")
    }
    if let store, store.address.scheme != "https" && !store.address.isLoopback {
      reader.fault("SALEOR_API_URL must be https in production; the token would be readable")
    }
  }

  private static func checkProductionKeys(
    _ reader: inout EnvironmentReader, adminKey: String?, codeKeys: [[UInt8]], store: Store?
  ) {
    if adminKey == nil {
      reader.fault("LAUREL_ADMIN_KEY is missing; in production it must be given")
    }
    if let adminKey, adminKey.utf8.count < 16 {
      reader.fault("LAUREL_ADMIN_KEY is shorter than 16 characters")
    }
    if codeKeys.isEmpty && !reader.faults.contains(where: { $0.hasPrefix("LAUREL_CODE_KEY") }) {
      reader.fault("LAUREL_CODE_KEY is missing; in production it must be given, and never be lost")
    }
    if let store, store.webhookSecrets.contains(where: { $0.utf8.count < 16 }) {
      reader.fault("SALEOR_WEBHOOK_SECRET is shorter than 16 characters")
    }
  }

  /// Whether the text can stand in an HTTP header.
  private static func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }
}
