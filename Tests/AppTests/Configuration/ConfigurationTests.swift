import Domain
import FoundationEssentials
import Rules
import Testing

@testable import App

@Suite struct ConfigurationTests {
  static let key = Data(repeating: 7, count: 32).base64EncodedString()

  static let production = [
    "LAUREL_ENVIRONMENT": "production", "DATABASE_URL": "postgres://laurel@db.example.com/laurel",
    "SALEOR_API_URL": "https://shop.example.com/graphql/", "SALEOR_TOKEN": "token",
    "SALEOR_WEBHOOK_SECRET": "sixteen-characters", "REFERRAL_REWARD_AMOUNT": "10.50",
    "REFERRAL_REWARD_CURRENCY": "EUR", "LAUREL_ADMIN_KEY": "sixteen-characters",
    "LAUREL_CODE_KEY": key,
  ]

  static func faults(_ changes: [String: String?]) -> [String] {
    var environment = production
    for (name, value) in changes { environment[name] = value }
    do {
      _ = try Configuration(environment: environment)
      return []
    } catch {
      return error.faults
    }
  }

  @Test func theEmptyEnvironmentIsFineInDevelopment() throws {
    let configuration = try Configuration(environment: [:])
    #expect(configuration.host == "127.0.0.1")
    #expect(configuration.port == 8080)
    #expect(configuration.dataDirectory == ".laurel")
    #expect(configuration.store == nil)
    #expect(configuration.databaseURL == nil)
  }

  @Test func aWholeEnvironmentIsFineInProduction() throws {
    #expect(Self.faults([:]).isEmpty)
    let configuration = try Configuration(environment: Self.production)
    #expect(configuration.terms.standard.programme.reward.description == "10.5 EUR")
    #expect(configuration.codeKeys == [[UInt8](repeating: 7, count: 32)])
  }

  @Test(
    arguments: [
      ["DATABASE_URL": nil], ["DATABASE_URL": "postgres://["], ["LAUREL_ADMIN_KEY": nil],
      ["LAUREL_ADMIN_KEY": "short"], ["LAUREL_CODE_KEY": nil], ["LAUREL_CODE_KEY": "AAAA"],
      ["LAUREL_CODE_KEY": ","], ["SALEOR_API_URL": "http://shop.example.com/graphql/"],
      ["SALEOR_API_URL": nil], ["SALEOR_API_URL": "https://shop.example.com/"],
      ["SALEOR_API_URL": "https://shop.example.com/dashboard/"], ["HOST": "not a host"],
      ["HOST": "999.1.1.1"], ["HOST": "http://127.0.0.1"], ["HOST": "-a"], ["HOST": "[::1]"],
      ["SALEOR_TOKEN": nil], ["SALEOR_TOKEN": "a\r\nb"], ["SALEOR_WEBHOOK_SECRET": " , "],
      ["SALEOR_WEBHOOK_SECRET": "short"], ["REFERRAL_REWARD_AMOUNT": nil],
      ["REFERRAL_REWARD_AMOUNT": "0"], ["REFERRAL_REWARD_AMOUNT": "-1"],
      ["REFERRAL_REWARD_AMOUNT": "1.234"], ["REFERRAL_REWARD_AMOUNT": "1e3"],
      ["REFERRAL_REWARD_CURRENCY": nil], ["REFERRAL_REWARD_CURRENCY": "eur"],
      ["REFERRAL_REWARD_VALIDITY_DAYS": "0"], ["REFERRAL_REWARD_VALIDITY_DAYS": "3651"],
      ["REFERRAL_REWARD_VALIDITY_DAYS": "a year"], ["REFERRAL_VOUCHER_MINIMUM_SPEND": "50"],
      ["REFERRAL_VOUCHER_MINIMUM_SPEND": "0", "REWARD_TYPE": "gift_card"],
      ["LAUREL_RECONCILE_HOURS": "often"],
      ["LAUREL_POLL_SECONDS": "-1"], ["LAUREL_POLL_LOOKBACK_HOURS": "a day"],
      ["REFERRAL_MINIMUM_ORDER": "-1"], ["REFERRAL_MINIMUM_ORDER": "ten"],
      ["REFERRAL_NEW_CUSTOMERS_ONLY": "maybe"], ["REFERRAL_STAFF_ORDERS": "2"],
      ["REFERRAL_ORDER_ORIGINS": "CHECKOUT, PHONE"], ["REFERRAL_ORDER_ORIGINS": ","],
      ["REFERRAL_DAILY_LIMIT": "-1"], ["REFERRAL_MONTHLY_LIMIT": "many"],
      ["REFERRAL_BLOCKED_DOMAINS": "bob@trash.example"],
      ["REFERRAL_BLOCKED_DOMAINS": "*.trash.example"],
      ["REFERRAL_BLOCKED_ADDRESSES": "trash.example"], ["REFERRAL_DISPOSABLE_DOMAINS": "maybe"],
      ["REFERRAL_VOUCHER_MINIMUM_SPEND": "-1", "REWARD_TYPE": "voucher"],
      ["REFERRAL_VOUCHER_MINIMUM_SPEND": "1.234", "REWARD_TYPE": "voucher"],
      ["REWARD_TYPE": "cash"], ["PORT": "0x50"], ["PORT": "-1"], ["LOG_LEVEL": "loud"],
      ["LAUREL_ENVIRONMENT": "prod"], ["LAUREL_LEASE_SECONDS": "0"],
      ["LAUREL_ROLLOUT": "101"], ["LAUREL_ROLLOUT": "some"],
      ["SALEOR_TOKEN_FILE": "/nonexistent"],
    ] as [[String: String?]])
  func eachFaultIsNamed(change: [String: String?]) throws {
    let faults = Self.faults(change)
    let name = try #require(change.keys.min())
    #expect(faults.contains { $0.contains(name.replacing("_FILE", with: "")) }, "\(faults)")
  }

  @Test(arguments: ["0.0.0.0", "::", "::1", "localhost", "laurel.internal", "db-1.example.com"])
  func aHostIsAnAddressOrAName(host: String) throws {
    #expect(Self.faults(["HOST": host]).isEmpty)
  }

  @Test func aCommandIsAskedForWhatItUsesOnly() throws {
    var environment = [
      "LAUREL_ENVIRONMENT": "production",
      "DATABASE_URL": "postgres://laurel@db.example.com/laurel",
      "SALEOR_API_URL": "https://shop.example.com/graphql/", "SMTP_URL": "smtps://mail.example.com",
      "LAUREL_CONFIG": "/nonexistent/laurel.yaml",
    ]
    let ledger = try Configuration(environment: environment, for: .ledgerCommand)
    #expect(ledger.storeAddress?.canonical == "https://shop.example.com/graphql/")
    #expect(ledger.store == nil)
    environment["SALEOR_TOKEN"] = "token"
    let store = try Configuration(environment: environment, for: .storeCommand)
    #expect(store.store?.token == "token")
    // What it uses is asked for all the same.
    environment["SALEOR_TOKEN"] = nil
    environment["DATABASE_URL"] = nil
    do {
      _ = try Configuration(environment: environment, for: .storeCommand)
      Issue.record("nothing is missed")
    } catch {
      #expect(
        error.faults.map { $0.prefix { $0 != " " } } == ["SALEOR_TOKEN", "DATABASE_URL"])
    }
  }

  @Test func theTermsOfVouchersAndTheirDefaultsAreRead() throws {
    var environment = Self.production
    let plain = try Configuration(environment: environment).terms.standard.programme
    #expect(plain.kind == .giftCard)
    #expect(plain.validityDays == nil && plain.minimumSpend == nil)
    environment["REFERRAL_REWARD_VALIDITY_DAYS"] = "3650"
    #expect(
      try Configuration(environment: environment).terms.standard.programme.validityDays == 3650)
    environment["REWARD_TYPE"] = "voucher"
    environment["REFERRAL_VOUCHER_MINIMUM_SPEND"] = "49.90"
    let voucher = try Configuration(environment: environment).terms.standard.programme
    #expect(voucher.kind == .voucher)
    #expect(voucher.minimumSpend == Decimal(string: "49.9"))
    environment["REFERRAL_VOUCHER_MINIMUM_SPEND"] = "0.00"
    #expect(
      try Configuration(environment: environment).terms.standard.programme.minimumSpend == nil)
  }

  @Test func theConditionsAndTheirDefaultsAreRead() throws {
    let standard = try Configuration(environment: Self.production).terms.standard.conditions
    #expect(standard.minimumOrder == nil)
    #expect(standard.origins == [.checkout])
    #expect(!standard.newCustomersOnly)
    #expect(!standard.staffOrdersCount)
    #expect(standard.channels.isEmpty)
    #expect(standard.dailyLimit == nil)
    var environment = Self.production
    environment["REFERRAL_MINIMUM_ORDER"] = "25.00"
    environment["REFERRAL_NEW_CUSTOMERS_ONLY"] = "yes"
    environment["REFERRAL_STAFF_ORDERS"] = "true"
    environment["REFERRAL_ORDER_ORIGINS"] = "CHECKOUT, DRAFT"
    environment["REFERRAL_CHANNELS"] = "us, pl"
    environment["REFERRAL_DAILY_LIMIT"] = "0"
    environment["REFERRAL_MONTHLY_LIMIT"] = "100"
    environment["REFERRAL_BLOCKED_DOMAINS"] = "Trash.Example"
    environment["REFERRAL_BLOCKED_ADDRESSES"] = "C.arol@googlemail.com"
    environment["REFERRAL_BLOCKED_USERS"] = "VXNlcjo5"
    let conditions = try Configuration(environment: environment).terms.standard.conditions
    #expect(conditions.minimumOrder?.description == "25 EUR")
    #expect(conditions.newCustomersOnly)
    #expect(conditions.staffOrdersCount)
    #expect(conditions.origins == [.checkout, .draft])
    #expect(conditions.channels == ["us", "pl"])
    #expect(conditions.dailyLimit == 0)
    #expect(conditions.monthlyLimit == 100)
    #expect(conditions.blocked.domains.isSuperset(of: ["trash.example", "mailinator.com"]))
    #expect(conditions.blocked.mailboxes == ["carol@gmail.com"])
    #expect(conditions.blocked.users == ["VXNlcjo5"])
  }

  @Test func disposableDomainsAreBlockedUnlessTheShopAllowsThem() throws {
    let standard = try Configuration(environment: Self.production)
    #expect(standard.terms.standard.conditions.blocked.domains.contains("mailinator.com"))
    #expect(standard.notices.isEmpty)
    var environment = Self.production
    environment["REFERRAL_DISPOSABLE_DOMAINS"] = "allow"
    #expect(
      try Configuration(environment: environment).terms.standard.conditions.blocked
        .domains.isEmpty)
    // A folder without the list stops the start, where its place is given.
    #expect(
      Self.faults(["LAUREL_CONFIG": "/nonexistent/laurel.yaml"]).contains {
        $0.contains("/nonexistent/disposable-domains.txt")
      })
  }

  @Test func aFaultOfTheCurrencyHidesNoOther() {
    let faults = Self.faults([
      "REFERRAL_REWARD_CURRENCY": "usd", "REFERRAL_DAILY_LIMIT": "-1",
      "REFERRAL_BLOCKED_ADDRESSES": "abc",
    ])
    #expect(faults.count == 3)
  }

  @Test func theListOfDisposableDomainsIsReadLineByLine() {
    let text =
      "# remark\nTrash.Example # why\n\n  eu.trash.example\n*.bad.example\nnodomain\na@b.c\n"
    let (domains, badLines) = DisposableDomains.parse(text)
    #expect(domains == ["trash.example", "eu.trash.example"])
    #expect(badLines == [5, 6, 7])
  }

  @Test func secretsComeFromFilesToo() throws {
    let path = "/tmp/laurel-test-secret-\(UUID().uuidString)"
    _ = FileManager.default.createFile(atPath: path, contents: Data("  from-file\n".utf8))
    defer { try? FileManager.default.removeItem(atPath: path) }
    var environment = Self.production
    environment["SALEOR_TOKEN"] = nil
    environment["SALEOR_TOKEN_FILE"] = path
    #expect(try Configuration(environment: environment).store?.token == "from-file")
    environment["SALEOR_TOKEN"] = "both"
    #expect(throws: ConfigurationError.self) { try Configuration(environment: environment) }
  }

  @Test func faultsKeepSecretsToThemselves() {
    let secret = "very-secret-value"
    let faults = Self.faults([
      "DATABASE_URL": "postgres://u:\(secret)@[", "LAUREL_CODE_KEY": secret,
      "SALEOR_TOKEN": "\(secret) with space", "SALEOR_WEBHOOK_SECRET": ",",
    ])
    #expect(faults.count == 4)
    #expect(!faults.joined().contains(secret))
  }
}
