extension String {
  /// The text with its number, such as U+001B, in the place of each character that cannot be seen and
  /// that can change what stands around it: control characters, breaks of lines, directions of
  /// writing.
  package func showingInvisible() -> String {
    guard unicodeScalars.contains(where: Self.isInvisible) else { return self }
    return unicodeScalars.map { Self.isInvisible($0) ? Self.number(of: $0) : String($0) }.joined()
  }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  private static func number(of scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "U+" + String(repeating: "0", count: Swift.max(0, 4 - digits.count)) + digits
  }
}
