import FoundationEssentials
import Testing

@testable import Sandbox

/// What the stand-in store saves and says when it is told to misbehave.
@Suite struct FaultTests {
  @Test func internalErrorsSayTheSameWhetherTheCardWasSavedOrNot() async throws {
    try await withRunning(SandboxStore()) { running in
      await running.store.inject(
        [.internalErrorBeforeSave, .internalErrorAfterSave], on: "giftCardCreate")
      let before = try await running.create(code: "REWARD-0001", tags: ["referral"])
      #expect(await running.store.cards.isEmpty)
      let after = try await running.create(code: "REWARD-0001", tags: ["referral"])
      #expect(before == after)
      #expect(before["data"]["giftCardCreate"].isNull)
      #expect(before["errors"][0]["extensions"]["exception"]["code"] == "IntegrityError")
      let card = try #require(await running.store.card(code: "REWARD-0001"))
      #expect(card.tags.isEmpty && card.events.isEmpty)
      #expect(card.metadata == ["laurel.reward": "reward-REWARD-0001"])
      let again = try await running.create(code: "REWARD-0001")
      #expect(again["data"]["giftCardCreate"]["errors"][0]["code"] == "ALREADY_EXISTS")
    }
  }

  @Test func noAnswerComesBeforeOrAfterTheSave() async throws {
    try await withRunning(SandboxStore()) { running in
      await running.store.inject([.noAnswerBeforeSave, .noAnswerAfterSave], on: "giftCardCreate")
      await #expect(throws: LoopbackClient.NoAnswer.self) {
        try await running.create(code: "REWARD-0001")
      }
      #expect(await running.store.cards.isEmpty)
      await #expect(throws: LoopbackClient.NoAnswer.self) {
        try await running.create(code: "REWARD-0001")
      }
      #expect(await running.store.cards.count == 1)
      #expect(await running.store.cards.first?.events.map(\.type) == ["ISSUED"])
    }
  }

  @Test func aLateCreateTakesEffectAfterTheClientHasGone() async throws {
    try await withRunning(SandboxStore()) { running in
      await running.store.inject([.late(.seconds(3))], on: "giftCardCreate")
      await #expect(throws: LoopbackClient.NoAnswer.self) {
        try await running.create(code: "REWARD-0001")
      }
      #expect(try await running.found(code: "REWARD-0001") == 0)
      let deadline = ContinuousClock.now + .seconds(10)
      while await running.store.cards.isEmpty, ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(10))
      }
      #expect(try await running.found(code: "REWARD-0001") == 1)
    }
  }

  @Test func aLateCreateLosesAgainstARetryWithTheSameCode() async throws {
    try await withRunning(SandboxStore()) { running in
      await running.store.inject([.late(.seconds(3))], on: "giftCardCreate")
      await #expect(throws: LoopbackClient.NoAnswer.self) {
        try await running.create(code: "REWARD-0001")
      }
      let retried = try await running.create(code: "REWARD-0001")
      #expect(retried["data"]["giftCardCreate"]["errors"] == [])
      try await Task.sleep(for: .milliseconds(3500))
      #expect(await running.store.cards.count == 1)
    }
  }

  @Test func aDelayedAnswerIsSavedAtOnce() async throws {
    try await withRunning(SandboxStore()) { running in
      await running.store.inject([.delay(.milliseconds(300))], on: "giftCardCreate")
      let start = ContinuousClock.now
      let answer = try await running.create(code: "REWARD-0001")
      #expect(ContinuousClock.now - start >= .milliseconds(300))
      #expect(answer["data"]["giftCardCreate"]["giftCard"]["code"] == "REWARD-0001")
    }
  }

  @Test func staleReadsMissNewCardsAndOnlyThose() async throws {
    let clock = TestClock(recordedDay)
    let store = SandboxStore(replicaLag: .seconds(10), now: { clock.now })
    try await withRunning(store) { running in
      _ = try await running.create(code: "OLD-CARD-1")
      clock.advance(by: 11)
      _ = try await running.create(code: "NEW-CARD-1")
      await store.inject([.staleReads(2)], on: "giftCards")
      #expect(try await running.found(code: "NEW-CARD-1") == 0)
      #expect(try await running.found(code: "OLD-CARD-1") == 1)
      #expect(try await running.found(code: "NEW-CARD-1") == 1)
      let again = try await running.create(code: "NEW-CARD-1")
      #expect(again["data"]["giftCardCreate"]["errors"][0]["code"] == "ALREADY_EXISTS")
    }
  }

  @Test func theLoserOfARaceIsToldUnique() async throws {
    try await withRunning(SandboxStore()) { running in
      _ = try await running.create(code: "REWARD-0001")
      await running.store.inject([.duplicateReportedAsUnique], on: "giftCardCreate")
      let answer = try await running.create(code: "REWARD-0001")
      #expect(
        answer["data"]["giftCardCreate"]["errors"] == [
          [
            "field": "code", "code": "UNIQUE",
            "message": "Gift card with this Code already exists.",
          ]
        ])
    }
  }

  @Test func aVoucherCodeIsTakenToo() async throws {
    try await withRunning(SandboxStore()) { running in
      await running.store.reserve(voucherCode: "REWARD-0001")
      let answer = try await running.create(code: "REWARD-0001")
      #expect(answer["data"]["giftCardCreate"]["errors"][0]["code"] == "ALREADY_EXISTS")
    }
  }

  @Test func permissionIsDeniedOnceWhateverTheToken() async throws {
    try await withRunning(SandboxStore()) { running in
      await running.store.inject([.permissionDenied], on: "order")
      let denied = try await running.query("{ order(id: \"x\") { id } }")
      #expect(denied["errors"][0]["extensions"]["exception"]["code"] == "PermissionDenied")
      #expect(denied["data"] == ["order": .null])
      let allowed = try await running.query("{ order(id: \"x\") { id } }")
      #expect(allowed["errors"].isNull)
    }
  }

  @Test func otherStatusesArePagesAndSaveNothing() async throws {
    try await withRunning(SandboxStore()) { running in
      await running.store.inject([.httpStatus(502)], on: "giftCardCreate")
      let recording = try Recording("giftCardCreate-ok-explicit-code")
      let answer = try await running.client.send(
        headers: RunningStore.headers(bearer: "sandbox-token"), body: recording.requestBody())
      #expect(answer.status == 502)
      #expect(answer.contentType == "text/html; charset=utf-8")
      #expect(await running.store.cards.isEmpty)
    }
  }

  @Test func randomFaultsAreTheSameForTheSameSeed() async throws {
    func faults(seed: UInt64) -> [SandboxFault?] {
      var mischief = SandboxMischief(
        seed: seed,
        chances: [
          .init(.noAnswerAfterSave, probability: 0.2), .init(.httpStatus(503), probability: 0.3),
        ], fields: ["giftCardCreate"])
      return (0..<1000).map { _ in mischief.next(on: "giftCardCreate") }
    }
    let first = faults(seed: 7)
    #expect(first == faults(seed: 7))
    #expect(first != faults(seed: 8))
    #expect((150...250).contains(first.count { $0 == .noAnswerAfterSave }))
    #expect((250...350).contains(first.count { $0 == .httpStatus(503) }))
    var other = SandboxMischief(
      seed: 1, chances: [.init(.noAnswerAfterSave, probability: 1)], fields: ["giftCards"])
    #expect(other.next(on: "giftCardCreate") == nil)
  }

  @Test func underRandomFaultsRetriesWithOneCodeMakeOneCard() async throws {
    try await withRunning(SandboxStore()) { running in
      await running.store.misbehave(
        SandboxMischief(
          seed: 3,
          chances: [
            .init(.internalErrorBeforeSave, probability: 0.15),
            .init(.internalErrorAfterSave, probability: 0.15),
            .init(.noAnswerBeforeSave, probability: 0.15),
            .init(.noAnswerAfterSave, probability: 0.15),
            .init(.duplicateReportedAsUnique, probability: 0.1),
          ]))
      for number in 0..<10 {
        for _ in 0..<10 { _ = try? await running.create(code: "REWARD-\(1000 + number)") }
      }
      let counts = await running.store.cardCounts(metadataKey: "laurel.reward")
      #expect(counts.count == 10)
      #expect(counts.values.allSatisfy { $0 == 1 })
      #expect(await running.store.calls == ["giftCardCreate": 100])
      #expect(await running.store.struck.count > 40)
      await running.store.behave()
      let answer = try await running.create(code: "REWARD-2000")
      #expect(answer["data"]["giftCardCreate"]["errors"] == [])
    }
  }
}
