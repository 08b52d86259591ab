import FoundationEssentials
import Testing

@testable import Sandbox

/// Gift cards beyond what is recorded: tags, codes, filters and counts.
@Suite struct GiftCardTests {
  private let tag = """
    mutation GiftCardTag($id: ID!, $tags: [String!]!) { giftCardUpdate(id: $id, input: \
    {addTags: $tags}) { giftCard { id tags { name } } errors { field code message } } }
    """

  @Test func tagsAreLowerCasedAndAddedOnce() async throws {
    try await withRunning(SandboxStore()) { running in
      _ = try await running.create(code: "REWARD-0001")
      let id = try #require(await running.store.cards.first?.id)
      for _ in 0..<2 {
        let answer = try await running.query(
          tag, ["id": .string(id), "tags": ["Referral", "referral"]])
        #expect(
          answer["data"]["giftCardUpdate"] == [
            "giftCard": ["id": .string(id), "tags": [["name": "referral"]]], "errors": [],
          ])
      }
      #expect(await running.store.cards.first?.events.map(\.type) == ["ISSUED", "TAGS_UPDATED"])
      let missing = try await running.query(tag, ["id": "R2lmdENhcmQ6OTk=", "tags": []])
      #expect(missing["data"]["giftCardUpdate"]["errors"][0]["code"] == "NOT_FOUND")
    }
  }

  @Test func aTagThatIsTooLongLeavesAHalfMadeCard() async throws {
    try await withRunning(SandboxStore()) { running in
      let answer = try await running.create(
        code: "REWARD-0001", tags: [String(repeating: "x", count: 256)])
      #expect(answer["errors"][0]["extensions"]["exception"]["code"] == "DataError")
      let card = try #require(await running.store.card(code: "REWARD-0001"))
      #expect(card.events.isEmpty && card.tags.isEmpty && card.metadata.count == 1)
    }
  }

  @Test func codesAreTakenVerbatimAndAreCaseSensitive() async throws {
    try await withRunning(SandboxStore()) { running in
      for code in ["REWARD-0001", "reward-0001", " REWARD-0001"] {
        let answer = try await running.create(code: code)
        #expect(answer["data"]["giftCardCreate"]["giftCard"]["code"] == .string(code))
      }
      #expect(try await running.found(code: "reward-0001") == 1)
      #expect(try await running.found(code: "REWARD-000") == 0)
    }
  }

  @Test(arguments: ["abc", "-1", "12abc", "", "NaN"])
  func amountsThatAreNoPositiveDecimalAreRefusedAsAWhole(_ amount: String) async throws {
    try await withRunning(SandboxStore()) { running in
      let answer = try await running.query(
        "mutation($i: GiftCardCreateInput!) { giftCardCreate(input: $i) { errors { code } } }",
        ["i": ["isActive": true, "balance": ["amount": .string(amount), "currency": "USD"]]],
        status: 400)
      #expect(
        answer["errors"][0]["message"].asString?.contains(
          "Expected type \"PositiveDecimal\", found \"\(amount)\".") == true)
      #expect(answer["data"].isNull)
    }
  }

  @Test func racingCreatesWithOneCodeMakeOneCard() async throws {
    try await withRunning(SandboxStore()) { running in
      let winners = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<20 {
          group.addTask {
            let answer = try await running.create(code: "REWARD-0001")
            return answer["data"]["giftCardCreate"]["giftCard"].isNull ? 0 : 1
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(winners == 1)
      #expect(await running.store.cards.count == 1)
      #expect(await running.store.calls["giftCardCreate"] == 20)
    }
  }

  @Test func cardsAreFoundByPublicMetadataAndCounted() async throws {
    try await withRunning(SandboxStore()) { running in
      for code in ["REWARD-0001", "REWARD-0002"] { _ = try await running.create(code: code) }
      let query = """
        query($f: GiftCardFilterInput) { giftCards(first: 1, filter: $f) { totalCount \
        edges { node { code } cursor } pageInfo { hasNextPage } } }
        """
      let one = try await running.query(
        query, ["f": ["metadata": [["key": "laurel.reward", "value": "reward-REWARD-0002"]]]])
      #expect(one["data"]["giftCards"]["edges"][0]["node"]["code"] == "REWARD-0002")
      #expect(one["data"]["giftCards"]["totalCount"] == 1)
      let both = try await running.query(query, ["f": ["metadata": [["key": "laurel.reward"]]]])
      #expect(both["data"]["giftCards"]["totalCount"] == 2)
      #expect(both["data"]["giftCards"]["edges"].asArray?.count == 1)
      #expect(both["data"]["giftCards"]["pageInfo"]["hasNextPage"] == true)
      let found = await running.store.cards(
        metadataKey: "laurel.reward", value: "reward-REWARD-0001")
      #expect(found.map(\.code) == ["REWARD-0001"])
    }
  }
}
