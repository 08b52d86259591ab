package import Domain

extension Campaign {
  /// Whether orders that are placed on this day count, as far as days go.
  package func runs(on day: CalendarDay) -> Bool {
    firstDay.map { $0 <= day } ?? true && lastDay.map { day <= $0 } ?? true
  }

  /// Whether orders of a channel count. Of an unknown one nothing can be promised, so that a
  /// campaign for certain channels is not for it.
  package func isFor(channel: String?) -> Bool {
    channels.isEmpty || channel.map(channels.contains) ?? false
  }
}

extension TermsBook {
  /// What holds for a channel of a store, or where the channel is not known.
  package func terms(store: StoreAddress, knownChannel channel: String?) -> Terms {
    // No channel has an empty slug, so that only what is for all channels holds.
    terms(store: store, channel: channel ?? "")
  }

  /// The campaign that an invitation of today belongs to: the first in the file that runs; `nil`
  /// where the file names none, or none runs.
  package func linkedCampaign(
    store: StoreAddress, channel: String?, on day: CalendarDay
  ) -> Campaign? {
    terms(store: store, knownChannel: channel).namedCampaigns.first {
      $0.runs(on: day) && $0.isFor(channel: channel)
    }
  }

  /// The campaign of this id that the file names for a store.
  package func namedCampaign(_ id: String, store: StoreAddress) -> Campaign? {
    for terms in all(for: store) {
      if let campaign = terms.namedCampaigns.first(where: { $0.id == id }) { return campaign }
    }
    return nil
  }

  /// Whether the file names this channel for a store.
  package func names(channel: String, store: StoreAddress) -> Bool {
    sections.contains {
      ($0.store == nil || $0.store == store) && $0.channels.contains(channel)
    }
      || all(for: store).contains { terms in
        terms.conditions.channels.contains(channel)
          || terms.namedCampaigns.contains { $0.channels.contains(channel) }
      }
  }
}
