/// How two values are compared.
enum Comparison: String, Sendable, CaseIterable {
  /// The left side is less.
  case less = "<"
  /// It is not more.
  case lessOrEqual = "<="
  /// It is more.
  case greater = ">"
  /// It is not less.
  case greaterOrEqual = ">="
  /// Both are the same.
  case equal = "=="
  /// They are not.
  case unequal = "!="

  /// Whether the comparison holds.
  func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
    switch self {
    case .less: left < right
    case .lessOrEqual: left <= right
    case .greater: left > right
    case .greaterOrEqual: left >= right
    case .equal: left == right
    case .unequal: left != right
    }
  }
}
