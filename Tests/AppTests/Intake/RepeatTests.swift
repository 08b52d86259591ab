import HTTPTransport
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Testing

@Suite struct RepeatTests {
  @Test func aThousandCopiesAreOneDelivery() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let recording = try Recording.number("0029")
      await shop.sandbox.put(try #require(SandboxOrder(recorded: recording.body)))
      let words = try await withThrowingTaskGroup(of: [String].self) { group in
        for connection in 0..<64 {
          group.addTask {
            var words: [String] = []
            for _ in stride(from: connection, to: 1000, by: 64) {
              let answer = try await shop.post(
                "/webhooks/order-confirmed", recording.body, headers: recording.sentHeaders)
              #expect(answer.status == 200)
              words.append(answer.json["status"] ?? "?")
            }
            return words
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(words.count == 1000)
      #expect(words.count { $0 == "accepted" } == 1)
      #expect(words.count { $0 == "duplicate" } == 999)
      try await shop.settle()
      #expect(try await shop.count("SELECT count(*) FROM inbox") == 1)
      #expect(try await shop.count("SELECT count(*) FROM rewards") == 1)
      #expect(await shop.sandbox.cards.count == 1)
    }
  }

  @Test func oneBadRowDoesNotFailItsNeighbours() async throws {
    try await TestShop.open { shop async throws in
      // A trigger stands for whatever only the database can object to.
      _ = try await shop.pool.withConnection { connection in
        try await connection.script(
          """
          CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN
            IF NEW.order_id = 'bad' THEN RAISE EXCEPTION 'refused' USING ERRCODE = '23514'; END IF;
            RETURN NEW;
          END $$;
          CREATE TRIGGER refuse BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION refuse();
          """)
      }
      let statuses = try await withThrowingTaskGroup(of: (String, Int).self) { group in
        for index in 0..<100 {
          let id = index == 50 ? "bad" : "order-\(index)"
          group.addTask {
            let body = #"{"__typename":"OrderConfirmed","order":{"id":"\#(id)"}}"#
            return (id, try await shop.deliver(Array(body.utf8)).status)
          }
        }
        return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
      }
      #expect(statuses["bad"] == 503)
      #expect(statuses.values.count { $0 == 200 } == 99)
      #expect(try await shop.count("SELECT count(*) FROM inbox") == 99)
    }
  }

  @Test func aFullQueueRefusesAtOnce() async throws {
    try await TestShop.open { shop async throws in
      // Whoever holds this lock keeps every writer waiting.
      try await shop.pool.transaction { session in
        try await session.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
        let answers = try await withThrowingTaskGroup(of: TestAnswer.self) { group in
          let filler = String(repeating: "a", count: 1 << 20)
          for index in 0..<48 {
            group.addTask {
              let body =
                #"{"__typename":"OrderConfirmed","order":{"id":"order-\#(index)"},"x":"\#(filler)"}"#
              return try await shop.deliver(Array(body.utf8))
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 503 && $0.headers.first("Retry-After") != nil })
      }
      let refusals = shop.logLines.withLockedValue { $0 }.count { $0.contains("overloaded") }
      #expect(refusals > 0)
      #expect(try await shop.count("SELECT count(*) FROM inbox") == 0)
    }
  }
}
