import App
import Domain
import FoundationEssentials
import Testing

@Suite struct InstallationConfigurationTests {
  private static let key = Data(repeating: 7, count: 32).base64EncodedString()

  private func faults(_ environment: [String: String]) -> [String] {
    do {
      _ = try Configuration(environment: environment)
      return []
    } catch {
      return error.faults
    }
  }

  @Test func nothingIsSetByItself() throws {
    let installation = try Configuration(environment: [:]).installation
    #expect(installation.publicURL == nil)
    #expect(installation.allowedStores.patterns.isEmpty && installation.secretKeys.isEmpty)
  }

  @Test func everythingIsRead() throws {
    let configuration = try Configuration(environment: [
      "LAUREL_PUBLIC_URL": "https://Laurel.example.com/app/",
      "LAUREL_ALLOWED_STORES": "*.saleor.cloud, http://127.0.0.1:9000 ,shop.example.com",
      "LAUREL_SECRET_KEY": "\(Self.key), \(Self.key)",
    ])
    #expect(configuration.installation.publicURL == "https://laurel.example.com/app")
    #expect(configuration.installation.allowedStores.patterns.count == 3)
    #expect(configuration.installation.secretKeys.count == 2)
  }

  @Test func anEmptyListIsSaid() throws {
    let notices = try Configuration(environment: ["LAUREL_PUBLIC_URL": "https://a.example.com"])
      .notices
    #expect(notices.contains { $0.contains("no store can install Laurel") })
  }

  @Test(arguments: [
    ["LAUREL_PUBLIC_URL": "laurel.example.com"], ["LAUREL_PUBLIC_URL": "https://a.example/?x"],
    ["LAUREL_ALLOWED_STORES": "*"], ["LAUREL_ALLOWED_STORES": "shop.example.com,http://*.a.b"],
    ["LAUREL_SECRET_KEY": "short"], ["LAUREL_SECRET_KEY": "\(key),short"],
  ])
  func faultsAreNamed(environment: [String: String]) {
    let found = faults(environment)
    #expect(found.count == 1)
    #expect(environment.keys.allSatisfy { found.first?.hasPrefix($0) == true }, "\(found)")
  }

  @Test func inProductionTokensAreNeverReadable() {
    let found = faults([
      "LAUREL_ENVIRONMENT": "production", "LAUREL_PUBLIC_URL": "http://laurel.example.com",
      "LAUREL_ALLOWED_STORES": "http://shop.example.com, http://127.0.0.1:9000",
    ])
    #expect(found.contains { $0.hasPrefix("LAUREL_PUBLIC_URL must be https") })
    #expect(found.count { $0.hasPrefix("LAUREL_ALLOWED_STORES") } == 1)
    #expect(found.contains { $0.hasPrefix("LAUREL_SECRET_KEY is missing") })
  }

  @Test func inProductionNothingIsGivenAwayThatNobodyChose() {
    let missing = faults([
      "LAUREL_ENVIRONMENT": "production", "LAUREL_PUBLIC_URL": "https://laurel.example.com",
    ]).filter { $0.hasPrefix("REFERRAL_REWARD_") }
    #expect(
      missing == [
        "REFERRAL_REWARD_AMOUNT is missing; in production it must be given, here or in the file",
        "REFERRAL_REWARD_CURRENCY is missing; in production it must be given, here or in the file",
      ])
  }
}
