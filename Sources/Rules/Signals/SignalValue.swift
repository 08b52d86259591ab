package import Domain

/// The value of a signal.
package enum SignalValue: Sendable, Equatable {
  /// True or false.
  case flag(Bool)
  /// A count, a share or a likeness.
  case number(Double)
  /// An amount with its currency.
  case money(Money)
  /// A length of time in seconds.
  case duration(Double)
  /// A text.
  case text(String)
  /// How far in time from this order something else happened, in seconds, the nearest first; at most
  /// `SignalValue.timesKept`. Before and after: an order can be decided long after it was placed.
  case times([Double])

  /// How many times are kept at most. A rule cannot ask for more.
  package static let timesKept = 100

  /// Whether it is a value of a signal of `type`.
  package func fits(_ type: SignalType) -> Bool {
    switch (self, type) {
    case (.flag, .flag), (.number, .number), (.money, .money), (.duration, .duration),
      (.text, .text), (.times, .times):
      true
    default: false
    }
  }
}
