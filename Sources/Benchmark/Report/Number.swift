/// Numbers for people.
enum Number {
  /// A number with two digits behind the point, or none from a thousand on.
  static func text(_ number: Double) -> String {
    guard number.magnitude < 1_000 else { return "\(Int(number.rounded()))" }
    let hundredths = Int((number.magnitude * 100).rounded())
    let rest = hundredths % 100
    return "\(number < 0 ? "-" : "")\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}
