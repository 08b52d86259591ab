import FoundationEssentials
import Ledger
import MailTesting
import Postgres
import ProcessTesting
import Sandbox
import Testing

/// `laurel doctor` as a process of its own, on a shop in which one thing is wrong.
@Suite(.timeLimit(.minutes(3))) struct DoctorTests {
  @Test func aShopInWhichAllIsWell() async throws {
    try await Patient.open { patient in
      let diagnosis = try await patient.diagnose()
      #expect(diagnosis.status == 0, "\(diagnosis.output)")
      #expect(diagnosis.lines.allSatisfy { $0.state == "ok" }, "\(diagnosis.output)")
      let names = [
        "database", "migrations", "reward keys", "queues", "data folder", "public address", "mail",
        "store", "clock", "token", "permissions", "webhooks", "failed deliveries", "channel",
      ]
      #expect(Set(diagnosis.lines.map(\.check)) == Set(names))

      let forPeople = try await patient.visit()
      #expect(forPeople.status == 0)
      #expect(forPeople.output.contains("MANAGE_GIFT_CARD is granted, to issue gift cards"))
      for secret in [
        await patient.sandbox.app.token, TestShop.webhookSecret, TestShop.adminKey,
        Data(repeating: 7, count: 32).base64EncodedString(),
      ] {
        #expect(!diagnosis.output.contains(secret))
        #expect(!forPeople.output.contains(secret))
      }
    }
  }

  @Test func aStoreThatIsNotConnectedIsAWarning() async throws {
    try await TestDatabase.with { database in
      let ended = try await TestProcess.with(
        ["doctor"],
        environment: [
          "DATABASE_URL": database.connectionString, "LAUREL_DATA_DIR": "/nonexistent",
        ])
      #expect(ended.status == 0, "\(ended.output)")
      #expect(ended.output.contains("no store is connected"))
      #expect(ended.output.contains("LAUREL_PUBLIC_URL is not set"))
      let open = try await TestProcess.with(
        ["doctor"],
        environment: [
          "DATABASE_URL": database.connectionString, "LAUREL_DATA_DIR": "/nonexistent",
          "LAUREL_PUBLIC_URL": "http://127.0.0.1:9/",
        ])
      #expect(open.output.contains("http://127.0.0.1:9/api/manifest"), "\(open.output)")
      #expect(!FileManager.default.fileExists(atPath: "/nonexistent"), "it only looks")
    }
  }

  @Test func aTokenThatDoesNotWork() async throws {
    try await Patient.open { patient in
      for isActive in [true, false] {
        await patient.sandbox.set(tokenWorks: isActive)
        let diagnosis = try await patient.diagnose(isActive ? ["SALEOR_TOKEN": "other"] : [:])
        #expect(diagnosis.status == 1)
        #expect(diagnosis.lines("wrong").map(\.check) == ["token"], "\(diagnosis.output)")
        #expect(diagnosis.lines("skipped").map(\.check).contains("permissions"))
      }
    }
  }

  @Test(arguments: ["MANAGE_ORDERS", "MANAGE_USERS", "MANAGE_GIFT_CARD"])
  func aPermissionThatIsMissing(permission: String) async throws {
    try await Patient.open { patient in
      await patient.sandbox.remove(permission: permission)
      await patient.sandbox.remove(permission: "MANAGE_DISCOUNTS")
      let diagnosis = try await patient.diagnose()
      #expect(diagnosis.status == 1)
      #expect(diagnosis.lines("wrong").count == 1, "\(diagnosis.output)")
      #expect(diagnosis.fault("permissions")?.hasPrefix("\(permission) is missing") == true)
    }
  }

  @Test func everyCurrencyOfTheRewardsNeedsAChannel() async throws {
    let text = """
      sections:
        - {channels: [a], programme: {reward: {amount: 4, currency: CHF}}}
        - {store: "https://other.example.com/graphql/", programme: {reward: {amount: 4, currency: JPY}}}
      """
    try await TermsFolder.with(text) { folder in
      try await Patient.open(
        environment: [
          "LAUREL_CONFIG": folder.file, "REFERRAL_REWARD_AMOUNT": "",
          "REFERRAL_REWARD_CURRENCY": "",
        ]
      ) { patient in
        let diagnosis = try await patient.diagnose()
        #expect(diagnosis.status == 1)
        let channels = diagnosis.lines.filter { $0.check == "channel" }
        #expect(channels.map(\.state).sorted() == ["ok", "wrong"], "\(diagnosis.output)")
        #expect(diagnosis.fault("channel")?.contains("sells in CHF") == true)
      }
    }
  }

  @Test func campaignsAreLookedAt() async throws {
    let text = """
      time_zone: Europe/Berlin
      campaigns:
        - {id: old, until: 2020-12-31, rewards: [{for: friend, amount: {CHF: 5}, bound: true}]}
        - {id: lost, channels: [moon], rewards: [{for: friend, type: voucher, percent: 5}]}
        - {id: abroad, channels: [channel-pln], rewards: [{for: friend, amount: {USD: 5}}]}
        - {id: good, rewards: [{for: referrer, tiers: {USD: [{from: 0, amount: 5}]}}]}
      """
    try await TermsFolder.with(text) { folder in
      try await Patient.open(environment: ["LAUREL_CONFIG": folder.file]) { patient in
        let diagnosis = try await patient.diagnose()
        #expect(diagnosis.status == 1)
        #expect(diagnosis.lines("wrong").map(\.check) == ["channel"], "\(diagnosis.output)")
        #expect(diagnosis.fault("channel")?.contains("sells in CHF") == true)
        #expect(diagnosis.output.contains("rewards in USD can be used in"))
        #expect(
          diagnosis.output.contains(
            "campaign abroad names USD, in which none of its channels sells: channel-pln"))
        let found = diagnosis.lines.filter { $0.check == "campaigns" }
        #expect(found.allSatisfy { $0.state == "warning" })
        #expect(
          found.map(\.finding).prefix(2) == [
            "the campaign old ended with 2020-12-31",
            "the campaign lost is for channels that the store does not have: moon",
          ])
        #expect(diagnosis.output.contains("to issue vouchers"))

        folder.write("time_zone: Europe/Berlim\n")
        let wrong = try await patient.diagnose()
        #expect(
          wrong.fault("campaigns")?.hasSuffix("does not know; did you mean `Europe/Berlin`?")
            == true, "\(wrong.output)")
        folder.write("campaigns: [{id: a, rewards: [{for: friend, percent: 5}]}]\n")
        let well = try await patient.diagnose()
        #expect(well.status == 0, "\(well.output)")
        #expect(well.lines.allSatisfy { $0.state == "ok" }, "\(well.output)")
        #expect(well.output.contains("1 campaign by the file; days begin as in UTC"))
      }
    }
  }

  @Test func vouchersNeedGiftCardsToo() async throws {
    try await Patient.open(environment: ["REWARD_TYPE": "voucher"]) { patient in
      await patient.sandbox.remove(permission: "MANAGE_GIFT_CARD")
      let diagnosis = try await patient.diagnose()
      #expect(diagnosis.status == 1)
      #expect(
        diagnosis.fault("permissions")?.hasPrefix("MANAGE_GIFT_CARD is missing") == true,
        "\(diagnosis.output)")
    }
  }

  @Test func noChannelOfTheRewardsCurrency() async throws {
    try await Patient.open { patient in
      await patient.sandbox.set(channels: [
        SandboxChannel(number: 1, slug: "pln", name: "PLN", currencyCode: "PLN"),
        SandboxChannel(number: 2, slug: "usd", name: "USD", currencyCode: "USD", isActive: false),
      ])
      let diagnosis = try await patient.diagnose()
      #expect(diagnosis.status == 1)
      #expect(diagnosis.fault("channel")?.contains("USD") == true, "\(diagnosis.output)")
    }
  }

  @Test(arguments: [(7200.0, "wrong"), (-7200.0, "wrong"), (120.0, "warning"), (20.0, "ok")])
  func clocksThatDiffer(error: Double, state: String) async throws {
    try await Patient.open(clockError: error) { patient in
      let diagnosis = try await patient.diagnose()
      #expect(diagnosis.status == (state == "wrong" ? 1 : 0))
      #expect(
        diagnosis.lines.first { $0.check == "clock" }?.state == state, "\(diagnosis.output)")
    }
  }

  @Test func aDatabaseThatIsDownHidesOnlyTheLedger() async throws {
    try await Patient.open { patient in
      let diagnosis = try await patient.diagnose(["DATABASE_URL": "host=127.0.0.1 port=9"])
      #expect(diagnosis.status == 1)
      #expect(diagnosis.lines("wrong").map(\.check) == ["database"], "\(diagnosis.output)")
      #expect(
        diagnosis.lines("skipped").map(\.check) == ["migrations", "reward keys", "queues"])
      #expect(diagnosis.lines("ok").map(\.check).contains("token"))
    }
  }

  @Test func aSchemaThatIsBehind() async throws {
    try await Patient.open { patient in
      try await patient.shop.pool.execute(
        "DELETE FROM schema_migrations WHERE name LIKE '%take_back'")
      let diagnosis = try await patient.diagnose()
      #expect(diagnosis.status == 1)
      #expect(
        diagnosis.fault("migrations")?.contains("_add_take_back") == true, "\(diagnosis.output)")
    }
  }

  @Test func aDatabaseWithoutASchema() async throws {
    try await Patient.open { patient in
      try await patient.shop.pool.execute("DROP SCHEMA public CASCADE")
      try await patient.shop.pool.execute("CREATE SCHEMA public")
      let diagnosis = try await patient.diagnose()
      #expect(diagnosis.status == 1)
      #expect(diagnosis.lines("wrong").map(\.check) == ["migrations"], "\(diagnosis.output)")
      #expect(diagnosis.lines("skipped").map(\.check) == ["reward keys", "queues"])
    }
  }

  @Test func aDatabaseThatHangsEndsWithItsDeadline() async throws {
    try await Patient.open { patient in
      try await PrivateServer.run { server in
        try await server.freeze()
        let start = ContinuousClock.now
        let diagnosis = try await patient.diagnose(["DATABASE_URL": server.connectionString])
        #expect(ContinuousClock.now - start < .seconds(25))
        #expect(diagnosis.status == 1)
        #expect(diagnosis.fault("database") != nil, "\(diagnosis.output)")
        #expect(diagnosis.lines("ok").map(\.check).contains("channel"))
      }
    }
  }

  @Test func aStoreThatIsNotThere() async throws {
    try await Patient.open { patient in
      let diagnosis = try await patient.diagnose([
        "SALEOR_API_URL": "http://127.0.0.1:9/graphql/"
      ])
      #expect(diagnosis.status == 1)
      #expect(diagnosis.lines("wrong").map(\.check) == ["store"], "\(diagnosis.output)")
      #expect(diagnosis.fault("store")?.hasPrefix("the store does not answer: ") == true)
      #expect(diagnosis.lines("skipped").count == 6)
      #expect(diagnosis.lines("ok").map(\.check).contains("migrations"))
    }
  }

  @Test func aStoreThatHangsEndsWithItsDeadline() async throws {
    try await Patient.open { patient in
      await patient.sandbox.inject(
        [SandboxFault](repeating: .delay(.seconds(8)), count: 4), on: "app")
      let start = ContinuousClock.now
      let diagnosis = try await patient.diagnose()
      // Well below the sum of the four that hang.
      #expect(ContinuousClock.now - start < .seconds(18))
      #expect(diagnosis.status == 1)
      #expect(
        Set(diagnosis.lines("wrong").map(\.check)) == [
          "token", "permissions", "webhooks", "failed deliveries",
        ], "\(diagnosis.output)")
      #expect(diagnosis.lines("ok").map(\.check).contains("channel"))
    }
  }

  @Test func aPublicAddressThatIsSomebodyElses() async throws {
    try await Patient.open { patient in
      for address in ["http://127.0.0.1:9", "\(patient.shop.url)/elsewhere"] {
        let diagnosis = try await patient.diagnose(["LAUREL_PUBLIC_URL": address])
        #expect(diagnosis.status == 1)
        #expect(diagnosis.fault("public address") != nil, "\(diagnosis.output)")
        #expect(diagnosis.fault("webhooks")?.contains("and not to \(address)") == true)
      }
    }
  }

  @Test func aMailServerAndItsLogin() async throws {
    try await Patient.open { patient in
      try await MailServer.run(["--login"]) { server in
        let login = "shop%40example.com:%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C%3A%40%2F%25"
        let mail = [
          "LAUREL_DELIVERY": "smtp", "LAUREL_MAIL_SENDER": "shop@example.com",
          "SMTP_URL": "smtp://\(login)@127.0.0.1:\(server.port)",
        ]
        let well = try await patient.diagnose(mail)
        #expect(well.status == 0, "\(well.output)")

        let refused = try await patient.diagnose(
          mail.merging(["SMTP_URL": "smtp://shop:wrong-password@127.0.0.1:\(server.port)"]) { $1 })
        #expect(refused.status == 1)
        #expect(refused.fault("mail")?.contains("refused the login") == true, "\(refused.output)")
        #expect(!refused.output.contains("wrong-password"))
        // A letter would have been printed before the next one.
        let taken = try await server.mails(atLeast: 0)
        #expect(taken.isEmpty)
      }
    }
  }

  @Test func rewardsWithoutTheirKeyAndDeadOnes() async throws {
    try await Patient.open { patient in
      try await patient.shop.issueAlicesCode()
      try await patient.shop.payOrders(1...1)
      try await patient.shop.waitForRewards(1, .issued)
      try await patient.shop.pool.execute(
        "UPDATE rewards SET status = 'dead', next_attempt_at = NULL")
      let dead = try await patient.diagnose()
      #expect(dead.status == 0, "\(dead.output)")
      #expect(dead.lines("warning").map(\.finding) == ["1 rewards are dead letters"])

      let keyless = try await patient.diagnose([
        "LAUREL_CODE_KEY": Data(repeating: 8, count: 32).base64EncodedString()
      ])
      #expect(keyless.status == 1)
      #expect(keyless.fault("reward keys")?.contains("(1 rewards)") == true, "\(keyless.output)")
    }
  }

  @Test func lettersThatTheStoreDoesNotSend() async throws {
    try await Patient.open { patient in
      let unknown = try await patient.diagnose(["LAUREL_DELIVERY": "store"])
      #expect(unknown.status == 0)
      #expect(unknown.lines("warning").map(\.check) == ["mail"], "\(unknown.output)")

      try await patient.shop.issueAlicesCode()
      try await patient.shop.payOrders(1...1)
      try await patient.shop.waitForRewards(1, .issued)
      try await patient.shop.pool.execute(
        """
        INSERT INTO letters (store_id, reward_id, status, next_attempt_at, last_error)
        SELECT store_id, id, 'failed', NULL, 'its plugin is off' FROM rewards
        """)
      let failed = try await patient.diagnose(["LAUREL_DELIVERY": "store"])
      #expect(failed.status == 1)
      #expect(failed.fault("mail")?.contains("its plugin is off") == true, "\(failed.output)")

      // That the shop cannot change, and need not.
      try await patient.shop.pool.execute(
        "UPDATE letters SET last_error = \(ErasureRepository.reason)")
      let erased = try await patient.diagnose(["LAUREL_DELIVERY": "store"])
      #expect(erased.lines("warning").map(\.check) == ["mail"], "\(erased.output)")
      try await patient.shop.pool.execute("UPDATE letters SET last_error = 'it is used already'")
      try await patient.shop.pool.execute("UPDATE rewards SET status = 'used'")
      let used = try await patient.diagnose(["LAUREL_DELIVERY": "store"])
      #expect(used.lines("warning").map(\.check) == ["mail"], "\(used.output)")
    }
  }

  @Test func aDataFolderThatIsOpenToOthers() async throws {
    let folder = "/tmp/laurel-test-doctor-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try #require(
      FileManager.default.createFile(
        atPath: "\(folder)/admin.key", contents: Data(),
        attributes: [.posixPermissions: 0o644]))
    try await Patient.open { patient in
      let diagnosis = try await patient.diagnose(["LAUREL_DATA_DIR": folder])
      #expect(diagnosis.status == 1)
      #expect(
        diagnosis.lines("wrong").compactMap(\.advice) == [
          "run chmod 711 \(folder)", "run chmod 600 \(folder)/admin.key",
        ], "\(diagnosis.output)")
    }
  }

  @Test func wrongUseIsSaid() async throws {
    try await Patient.open { patient in
      let ended = try await TestProcess.with(
        ["doctor", "--store", "nonsense"],
        environment: ["DATABASE_URL": patient.database.connectionString])
      #expect(ended.status == 64)
    }
  }
}
