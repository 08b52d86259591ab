package import FoundationEssentials

/// An event about an App of the store: of this one, or, because the store tells each App with the
/// permission of all of them, of another.
package struct AppEvent: Sendable, Equatable {
  /// What the event says of the App.
  package enum State: String, Sendable {
    /// It is switched on.
    case active
    /// It is switched off.
    case inactive
    /// It is gone, and its token with it.
    case deleted
  }

  /// The App that the event is about.
  package let appID: String
  /// What it says of it.
  package let state: State
  /// When the store made the event, by its clock.
  package let issuedAt: Date

  /// The types of these events.
  package static let types: Set<String> = ["AppInstalled", "AppStatusChanged", "AppDeleted"]

  /// Reads a verified body; `nil` when it is none of these events, or lacks a member.
  ///
  /// The App's own state counts and not only the event's name: staff can have any event sent at any
  /// time, genuinely signed (FACTS §3). A deleted App is switched off; an event of its deletion that
  /// shows it switched on never happened.
  package init?(body: [UInt8]) {
    guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(body)),
      Self.types.contains(fields.event), let issuedAt = StoreTime.date(fields.issuedAt)
    else { return nil }
    appID = fields.app.id
    self.issuedAt = issuedAt
    state =
      fields.app.isActive ? .active : fields.event == "AppDeleted" ? .deleted : .inactive
  }

  private struct Fields: Decodable {
    struct App: Decodable {
      let id: String
      let isActive: Bool
    }
    let event: String
    let issuedAt: String
    let app: App

    enum CodingKeys: String, CodingKey {
      case event = "__typename"
      case issuedAt, app
    }
  }
}
