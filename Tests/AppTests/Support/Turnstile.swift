/// Lets a few heavy tests run at once. Each starts servers and processes of its own, and all of
/// them together would only wait for each other.
actor Turnstile {
  /// The one for tests with a database, a shop or a cluster.
  static let shared = Turnstile(places: 4)

  private var places: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  private init(places: Int) {
    self.places = places
  }

  /// Runs `body` once there is a place.
  nonisolated func pass<Result>(_ body: () async throws -> Result) async throws -> Result {
    await enter()
    do {
      let result = try await body()
      await leave()
      return result
    } catch {
      await leave()
      throw error
    }
  }

  private func enter() async {
    if places > 0 {
      places -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  private func leave() {
    if waiting.isEmpty {
      places += 1
    } else {
      waiting.removeFirst().resume()
    }
  }
}
