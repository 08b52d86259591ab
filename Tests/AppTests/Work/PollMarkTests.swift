import FoundationEssentials
import Postgres
import Sandbox
import Testing
import Work

/// From where the poll reads, and up to where it has read.
@Suite struct PollMarkTests {
  @Test func whatBecomesVisibleLateIsFound() async throws {
    try await StandingStore.open { store async throws in
      try await store.wasConnected(hoursAgo: 48)
      for order in PollTests.orders(3, spacing: 1200) { await store.sandbox.put(order) }
      let poll = try await store.poll()
      #expect(try await poll.run())
      await store.sandbox.put(
        .paid(number: 9, total: 20, email: "late@example.com", created: Date() - 500))
      #expect(try await poll.run())
      #expect(try await store.count("SELECT count(*) FROM inbox") == 4)
    }
  }

  @Test func theFirstRunLooksBackNoFurtherThanTheInstallation() async throws {
    try await StandingStore.open { store async throws in
      // Changed 26, 13 and 0 hours ago.
      for order in PollTests.orders(3, spacing: 13 * 3600) { await store.sandbox.put(order) }
      #expect(try await store.poll().run())
      #expect(try await store.count("SELECT count(*) FROM inbox") == 1)
      try await store.pool.execute("DELETE FROM poll_marks")
      try await store.wasConnected(hoursAgo: 48)
      #expect(try await store.poll().run())
      #expect(try await store.count("SELECT count(*) FROM inbox") == 2)
    }
  }

  @Test func theOrdersOfAQuietStoreAreNotReadForEver() async throws {
    try await StandingStore.open { store async throws in
      try await store.wasConnected(hoursAgo: 48)
      let now = Date()
      for order in PollTests.orders(5, now: now - 7200) { await store.sandbox.put(order) }
      #expect(try await store.poll().run())
      #expect(try await store.count("SELECT count(*) FROM inbox") == 5)
      let mark = try #require(try await store.mark())
      #expect(mark > now - 7200 && mark < now - 3600)
      // The mark never goes back.
      #expect(try await store.poll().run())
      #expect(try #require(try await store.mark()) >= mark)
    }
  }
}
