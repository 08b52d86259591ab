extension StoreClient {
  /// The slugs of all channels, those that are switched off too.
  /// - Throws: `StoreError`, `CancellationError`.
  package func channelSlugs() async throws -> Set<String> {
    guard let channels = try await graphQL.send(ChannelsQuery()).channels else {
      throw StoreError(.unexpectedAnswer, "Channels: no list of channels")
    }
    return Set(channels.map(\.slug))
  }
}
