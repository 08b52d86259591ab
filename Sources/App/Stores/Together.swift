import ServiceLifecycle

/// Several services as one, so that all of them hear of the shutdown at once.
struct Together: Service {
  let services: [any Service]

  func run() async throws {
    try await withThrowingDiscardingTaskGroup { group in
      for service in services { group.addTask { try await service.run() } }
    }
  }
}
