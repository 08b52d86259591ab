/// How messages speak of a type.
extension SignalType {
  /// What it is.
  package var description: String {
    switch self {
    case .flag: "yes or no"
    case .number: "a number"
    case .money: "an amount of money"
    case .duration: "a length of time"
    case .text(let kind): kind.description
    case .times: "a count within a window"
    }
  }

  /// What can stand behind a signal of the type.
  package var example: String {
    switch self {
    case .flag: ""
    case .number: ">= 2"
    case .money: "> 100 USD"
    case .duration: "< 24h"
    case .text(let kind): "in [\"\(kind.example)\"]"
    case .times: "(1h) >= 5"
    }
  }
}

extension TextKind {
  fileprivate var example: String {
    switch self {
    case .user: "VXNlcjox"
    case .address: "alice@example.com"
    case .domain: "example.com"
    case .network: "192.0.2.0/24"
    case .code: "ABCD2345"
    case .country: "DE"
    case .channel: "default-channel"
    }
  }
}
