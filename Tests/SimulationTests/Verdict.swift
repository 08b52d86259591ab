import Domain

/// Something that must not be.
struct Violation: Sendable, CustomStringConvertible {
  /// The promises that can be broken.
  enum Promise: String, CaseIterable, Sendable {
    case lost, doubled, activeAfterTakeBack, notDue, notSettled
    /// Of the two rewards of an order one was decided, or taken for all.
    case halfDone
    /// A milestone was paid twice, or not at all.
    case milestone
    /// A campaign gave more than it may.
    case budgetPassed
  }

  let promise: Promise
  let order: Int?
  let reason: String

  init(_ promise: Promise, _ order: Int?, _ reason: String) {
    self.promise = promise
    self.order = order
    self.reason = reason
  }

  var description: String {
    "\(promise.rawValue): \(order.map { "order-\($0) " } ?? "")\(reason)"
  }
}

/// How a run went.
struct RunReport: Sendable {
  let seed: Int
  let orders: Int
  let due: Int
  let faults: [Int]
  let violations: [Violation]
  /// How long after the storm all was settled, in milliseconds.
  let settledAfter: Int?
  let story: [String]
}
