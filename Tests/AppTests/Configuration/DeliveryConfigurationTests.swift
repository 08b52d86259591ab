import Domain
import FoundationEssentials
import HTTPTransport
import Letters
import Testing
import Work

@testable import App

@Suite struct DeliveryConfigurationTests {
  static let smtp = [
    "SMTP_URL": "smtps://shop:hush@mail.example.com", "LAUREL_MAIL_SENDER": "shop@example.com",
  ]

  static func delivery(_ environment: [String: String]) throws -> DeliveryConfiguration {
    try Configuration(environment: environment).delivery
  }

  @Test(arguments: [
    ([:], "store"), (["LAUREL_DELIVERY": "auto"], "store"), (["LAUREL_DELIVERY": "off"], "off"),
    (smtp, "smtp"), (smtp.merging(["LAUREL_DELIVERY": "smtp"]) { $1 }, "smtp"),
    (smtp.merging(["LAUREL_DELIVERY": "store"]) { $1 }, "store"),
    (smtp.merging(["LAUREL_DELIVERY": "off"]) { $1 }, "off"),
  ])
  func theWayIsChosen(environment: [String: String], way: String) throws {
    switch try Self.delivery(environment) {
    case .off: #expect(way == "off")
    case .store: #expect(way == "store")
    case .smtp(let settings):
      #expect(way == "smtp")
      #expect(settings.sender.address == "shop@example.com")
      #expect(settings.shopName == "example.com", "without a name, the sender's domain")
      #expect(settings.language == .english)
      #expect(settings.server.host == "mail.example.com")
    }
  }

  @Test func nameAndLanguageAreRead() throws {
    let environment = Self.smtp.merging([
      "LAUREL_SHOP_NAME": "Чай и пироги", "LAUREL_MAIL_LANGUAGE": "ru",
    ]) { $1 }
    guard case .smtp(let settings) = try Self.delivery(environment) else {
      Issue.record("no mail")
      return
    }
    #expect(settings.shopName == "Чай и пироги")
    #expect(settings.sender.name == "Чай и пироги")
    #expect(settings.language == .russian)
  }

  @Test(
    arguments: [
      ["SMTP_URL": nil], ["SMTP_URL": "mail.example.com"], ["SMTP_URL_FILE": "/nonexistent"],
      ["LAUREL_MAIL_SENDER": nil], ["LAUREL_MAIL_SENDER": "a\r\nb@example.com"],
      ["LAUREL_MAIL_SENDER": "shop"], ["LAUREL_SHOP_NAME": "a\u{1B}b"],
      ["LAUREL_MAIL_LANGUAGE": "de"], ["LAUREL_DELIVERY": "post"],
      ["SMTP_URL": "smtp://mail.example.com?tls=none", "LAUREL_ENVIRONMENT": "production"],
      ["LAUREL_CONFIG": "/nonexistent/laurel.yaml"],
    ] as [[String: String?]])
  func eachFaultIsNamed(change: [String: String?]) throws {
    var environment = Self.smtp.merging(["LAUREL_DELIVERY": "smtp"]) { $1 }
    for (name, value) in change { environment[name] = value }
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration(environment: environment)
    }
    let name = try #require(change.keys.max())
    let faults = try #require(error).faults
    #expect(
      faults.contains { $0.contains(name == "LAUREL_CONFIG" ? "/nonexistent/letters" : name) },
      "\(faults)")
    #expect(!faults.joined().contains("hush"))
  }

  @Test(arguments: [(nil, 0), ("0", 0), ("1", 1), ("60", 60)])
  func remindersAreAskedFor(days: String?, expected: Int) throws {
    var environment = Self.smtp
    environment["LAUREL_REMINDER_DAYS"] = days
    let configuration = try Configuration(environment: environment)
    guard case .smtp(let settings) = configuration.delivery else {
      Issue.record("no mail")
      return
    }
    #expect(settings.reminderDays == expected)
    #expect(!configuration.notices.contains { $0.contains("LAUREL_REMINDER_DAYS") })
  }

  @Test(arguments: ["61", "-1", "a week", "1.5"])
  func daysThatAreNoneAreRefused(days: String) throws {
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration(environment: ["LAUREL_REMINDER_DAYS": days])
    }
    #expect(try #require(error).faults.contains { $0.contains("LAUREL_REMINDER_DAYS") })
  }

  @Test(arguments: ["store", "off"])
  func whoSendsNoLettersRemindsNobodyAndIsTold(way: String) throws {
    let configuration = try Configuration(
      environment: ["LAUREL_DELIVERY": way, "LAUREL_REMINDER_DAYS": "7"])
    #expect(configuration.notices.contains { $0.contains("LAUREL_REMINDER_DAYS") })
  }

  @Test func aFolderWithoutTheLaterLettersStarts() throws {
    let root = "/tmp/laurel-test-config-\(UUID().uuidString)"
    let files = FileManager.default
    try files.createDirectory(atPath: "\(root)/letters", withIntermediateDirectories: true)
    defer { try? files.removeItem(atPath: root) }
    for name in try files.contentsOfDirectory(atPath: "\(Recording.root)/config/letters")
    where name.hasPrefix("reward.") {
      try files.copyItem(
        atPath: "\(Recording.root)/config/letters/\(name)", toPath: "\(root)/letters/\(name)")
    }
    for name in ["laurel.yaml", "disposable-domains.txt"] {
      try files.copyItem(
        atPath: "\(Recording.root)/config/\(name)", toPath: "\(root)/\(name)")
    }
    var environment = Self.smtp
    environment["LAUREL_CONFIG"] = "\(root)/laurel.yaml"
    let configuration = try Configuration(environment: environment)
    guard case .smtp(let settings) = configuration.delivery else {
      Issue.record("no mail")
      return
    }
    #expect(settings.templates.shipped == [.friend, .milestone, .reminder])
    #expect(
      configuration.notices.contains {
        $0.hasPrefix("\(root)/letters") && $0.hasSuffix("friend, milestone, reminder")
      })
  }

  @Test func aMailServerOnThisMachineNeedsNoTLSInProduction() throws {
    var environment = ConfigurationTests.production.merging(Self.smtp) { $1 }
    environment["SMTP_URL"] = "smtp://127.0.0.1:25"
    guard case .smtp(let settings) = try Self.delivery(environment) else {
      Issue.record("no mail")
      return
    }
    #expect(settings.server.security == .none)
  }

  @Test func theFolderOfTheConfigurationIsFound() throws {
    let root = "/tmp/laurel-test-config-\(UUID().uuidString)"
    let files = FileManager.default
    for folder in ["shop/config/letters", "other/config", "build/bin", "build/config/letters"] {
      try files.createDirectory(atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
    }
    defer { try? files.removeItem(atPath: root) }
    func found(_ file: String?, in folder: String, program: String) -> String? {
      ConfigFolder(
        configFile: file, workingDirectory: "\(root)/\(folder)", executable: "\(root)/\(program)")?
        .path
    }
    #expect(found("/etc/laurel/laurel.yaml", in: "shop", program: "build/bin/p") == "/etc/laurel")
    #expect(found("laurel.yaml", in: "shop", program: "build/bin/p") == ".")
    #expect(found(nil, in: "shop", program: "build/bin/p") == "\(root)/shop/config")
    #expect(found(nil, in: "other", program: "build/bin/p") == "\(root)/build/config")
    #expect(found(nil, in: "other", program: "other/p") == nil)
    #expect(ConfigFolder.executable?.hasPrefix("/") == true)
  }
}
