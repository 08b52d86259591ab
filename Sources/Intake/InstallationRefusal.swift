/// Why a store's installation was refused. The Dashboard shows the message to the staff who pressed
/// Install, so it says what to do. Never carries a token.
package struct InstallationRefusal: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of refusal.
  package enum Code: String, Sendable, CaseIterable {
    /// The request is not one of the store's installer.
    case malformed
    /// The store is not on the operator's list.
    case notAllowed = "not_allowed"
    /// The store could not be called back, or did not answer as a store does.
    case unreachable
    /// The store does not know the token.
    case tokenRefused = "token_refused"
    /// The store knows the token as that of another App.
    case otherApp = "other_app"
    /// The App was installed without permissions that its manifest asks for.
    case permissionsMissing = "permissions_missing"
    /// Too many stores install at once.
    case busy
    /// Our own fault.
    case unavailable
  }

  /// How long a message may be: the store keeps 255 characters of it.
  package static let maximumMessageLength = 250

  /// Why.
  package let code: Code
  /// A sentence or two for the store's staff.
  package let message: String

  /// Puts a refusal together; a longer message is cut.
  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = String(message.prefix(Self.maximumMessageLength))
  }

  /// Whether the same installation may succeed later without anything being changed.
  package var isRetryable: Bool {
    switch code {
    case .unreachable, .busy, .unavailable: true
    case .malformed, .notAllowed, .tokenRefused, .otherApp, .permissionsMissing: false
    }
  }

  package var description: String { "\(code.rawValue): \(message)" }
}
