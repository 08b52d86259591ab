/// Why a delivery is not taken in. Becomes HTTP in `Web`.
package enum IntakeError: Error, Sendable, Equatable {
  /// No valid signature: none, several, or one of something else.
  case unauthorized
  /// Signed, and yet not a delivery; the sentence says what is wrong with it.
  case malformed(String)
  /// Our own fault: no room in the queue, or no database. The store is to come again.
  case unavailable(String)

  /// The case as a word, for counting.
  var kind: String {
    switch self {
    case .unauthorized: "unauthorized"
    case .malformed: "malformed"
    case .unavailable: "unavailable"
    }
  }
}
