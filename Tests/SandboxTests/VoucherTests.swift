import FoundationEssentials
import Testing

@testable import Sandbox

/// Vouchers against recordings of a real store, and beyond them.
@Suite struct VoucherTests {
  private func store() -> SandboxStore { SandboxStore(now: { recordedDay }) }

  /// The id of the voucher that was made last.
  private func lastID(_ running: RunningStore) async throws -> JSONValue {
    .string(try #require(await running.store.vouchers.last?.id))
  }

  @Test(arguments: [
    "voucherCreate-ACCEPTED-usage-limit-zero", "voucherCreate-err-both-code-and-addCodes",
    "voucherCreate-err-duplicated-input", "voucherCreate-err-end-before-start",
    "voucherCreate-err-long-code", "voucherCreate-err-metadata-not-in-schema",
    "voucherCreate-err-no-code", "voucherCreate-err-usage-limit-negative",
    "voucherCreate-ok-case-variant-of-existing", "voucherCreate-ok-legacy-code",
    "voucherCreate-ok-lowercase-code", "voucherCreate-ok-padded-code-stripped",
    "voucherCreate-ok-percentage", "voucherCreate-ok",
    "voucherChannelListingUpdate-err-unknown-voucher", "vouchers-search-none",
    "vouchers-filter-metadata-private",
  ])
  func anEmptyStoreAnswersAsRecorded(_ name: String) async throws {
    try await withRunning(store()) { running in try await running.expectRecorded(name) }
  }

  @Test func aCategoryThatTheStoreDoesNotKnowIsRefused() async throws {
    let create = """
      mutation M($input: VoucherInput!) { voucherCreate(input: $input) { voucher { type } \
      errors { field code message } } }
      """
    @Sendable func input(_ categories: JSONValue) -> JSONValue {
      [
        "input": [
          "type": "SPECIFIC_PRODUCT", "addCodes": ["REWARD-0001"], "categories": categories,
        ]
      ]
    }
    try await withRunning(store()) { running in
      let refused = try await running.query(
        create, input(["Q2F0ZWdvcnk6MQ==", "Q2F0ZWdvcnk6OTk="]))
      #expect(
        refused["data"]["voucherCreate"]["errors"][0] == [
          "field": "categories", "code": "GRAPHQL_ERROR",
          "message":
            "Could not resolve to a node with the global id list of '['Q2F0ZWdvcnk6OTk=']'.",
        ])
      let made = try await running.query(create, input(["Q2F0ZWdvcnk6MQ=="]))
      #expect(made["data"]["voucherCreate"]["voucher"]["type"] == "SPECIFIC_PRODUCT")
      #expect(await running.store.vouchers.map(\.categories) == [["Q2F0ZWdvcnk6MQ=="]])
    }
  }

  @Test func aMissingPermissionIsAnsweredAsRecorded() async throws {
    try await withRunning(store()) { running in
      await running.store.set(permissions: [])
      try await running.expectRecorded("auth-missing-permission-voucherCreate")
    }
  }

  @Test func aVoucherIsListedTwiceRefusedASecondTimeAndFoundAsRecorded() async throws {
    try await withRunning(store()) { running in
      try await running.expectRecorded("voucherCreate-ok")
      let id = try await lastID(running)
      for name in ["ok", "repeat-ok", "err-precision"] {
        try await running.expectRecorded(
          "voucherChannelListingUpdate-\(name)", variables: ["id": id])
      }
      try await running.expectRecorded("voucherCreate-err-duplicate-addCodes")
      try await running.expectRecorded("voucherCreate-err-duplicate-legacy-code")
      try await running.expectRecorded("voucherCreate-ok-case-variant-of-existing")
      // What else had happened to the recorded store by then.
      await running.store.change(voucher: id.asString ?? "") { voucher in
        voucher.codes.append(
          .init(id: "another", code: "REF-RW0001-BBBB", created: recordedDay))
        voucher.endDate = "2028-01-01T00:00:00+00:00"
        voucher.privateMetadata["referral.reward_id"] = "rw_0001"
      }
      try await running.expectRecorded("voucher-by-id", variables: ["id": id])
      for name in ["by-code", "lowercase", "prefix", "none"] {
        try await running.expectRecorded("vouchers-search-\(name)")
      }
      try await running.expectRecorded("vouchers-filter-metadata-private")
      #expect(await running.store.vouchers.count == 2)
      #expect(await running.store.vouchers.first?.listings.count == 1)
    }
  }

  @Test func aPercentageIsCheckedAsRecorded() async throws {
    try await withRunning(store()) { running in
      try await running.expectRecorded("voucherCreate-ok-percentage")
      let id = try await lastID(running)
      for name in ["err-percent-over-100", "err-unknown-channel", "err-no-value"] {
        try await running.expectRecorded(
          "voucherChannelListingUpdate-\(name)", variables: ["id": id])
      }
      #expect(await running.store.vouchers.first?.listings.isEmpty == true)
    }
  }

  @Test func codesAreUniqueOverVouchersAndGiftCards() async throws {
    try await withRunning(store()) { running in
      _ = try await running.create(code: "RW-0123456789AB")
      try await running.expectRecorded("voucherCreate-err-code-equals-existing-giftcard")
      try await running.expectRecorded("voucherCreate-ok")
      let card = try await running.create(code: "REF-RW0001-AAAA")
      #expect(card["data"]["giftCardCreate"]["errors"][0]["code"] == "ALREADY_EXISTS")
    }
  }

  @Test func theLoserOfARaceIsToldUnique() async throws {
    try await withRunning(store()) { running in
      try await running.expectRecorded("voucherCreate-ok")
      await running.store.inject([.duplicateReportedAsUnique], on: "voucherCreate")
      let answer = try await running.query(
        "mutation($i: VoucherInput!) { voucherCreate(input: $i) { errors { field code message } } }",
        ["i": ["addCodes": ["REF-RW0001-AAAA"]]])
      #expect(
        answer["data"]["voucherCreate"]["errors"] == [
          [
            "field": "code", "code": "UNIQUE",
            "message": "Voucher code with this Code already exists.",
          ]
        ])
      #expect(await running.store.vouchers.count == 1)
    }
  }

  @Test func anEmptyCodeIsDrawn() async throws {
    try await withRunning(store()) { running in
      let recording = try Recording("voucherCreate-ok-empty-code-autogenerated")
      let answer = try await running.client.send(
        headers: RunningStore.headers(bearer: "sandbox-token"), body: recording.requestBody())
      let code = try #require(await running.store.vouchers.first?.codes.first?.code)
      #expect(code.count == 14)
      let normaliser = Normaliser(drawsCode: false)
      #expect(
        normaliser.text(answer.body)
          == normaliser.text(recording.body.replacing("40CC-78D7-79D2", with: code)))
    }
  }

  @Test func faultsSaveOrDoNotSaveAndStaleReadsMissNewVouchers() async throws {
    try await withRunning(store()) { running in
      await running.store.inject(
        [.internalErrorBeforeSave, .noAnswerBeforeSave, .internalErrorAfterSave],
        on: "voucherCreate")
      let body = try Recording("voucherCreate-ok").requestBody()
      let headers = RunningStore.headers(bearer: "sandbox-token")
      let refused = try await running.client.send(headers: headers, body: body)
      await #expect(throws: LoopbackClient.NoAnswer.self) {
        try await running.client.send(headers: headers, body: body)
      }
      #expect(await running.store.vouchers.isEmpty)
      let saved = try await running.client.send(headers: headers, body: body)
      #expect(saved.body == refused.body)
      #expect(saved.body.contains("IntegrityError"))
      #expect(await running.store.vouchers.count == 1)
      await running.store.inject([.staleReads(1)], on: "vouchers")
      let query = "{ vouchers(first: 5) { totalCount } }"
      #expect(try await running.query(query)["data"]["vouchers"]["totalCount"] == 0)
      #expect(try await running.query(query)["data"]["vouchers"]["totalCount"] == 1)
    }
  }
}
