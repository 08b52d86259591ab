/// The code that a customer shares with friends: 4 to 16 letters and digits, upper case.
package struct ReferralCode: Hashable, Sendable, CustomStringConvertible {
  /// The code in its one written form, upper case.
  package let value: String

  /// Letters and digits that nobody mistakes for another when reading aloud or from paper:
  /// no 0 and O, no 1, I and L, no U beside V.
  package static let alphabet = Array("23456789ABCDEFGHJKMNPQRSTVWXYZ")

  /// How many characters a generated code has: 30^8 are 6.5 * 10^11 codes.
  package static let generatedLength = 8

  /// Reads a code as a person typed it: case and surrounding space do not matter.
  ///
  /// Returns `nil` for anything that no code can be, so that text from a stranger's order is
  /// bounded before it goes anywhere.
  package init?(typed text: String) {
    var value = ""
    for character in text.trimmingSpace() {
      guard let byte = character.asciiValue, character.isLetter || character.isNumber,
        value.utf8.count < 16
      else { return nil }
      value.append(Character(UnicodeScalar(byte)).uppercased())
    }
    guard value.utf8.count >= 4 else { return nil }
    self.value = value
  }

  /// Draws a fresh code. Nobody can guess it: the system's generator is cryptographically secure.
  package static func generate() -> ReferralCode {
    var generator = SystemRandomNumberGenerator()
    return generate(using: &generator)
  }

  /// Draws a fresh code from `generator`, for tests that need the same codes again.
  package static func generate(using generator: inout some RandomNumberGenerator) -> ReferralCode {
    var value = ""
    for _ in 0..<generatedLength {
      value.append(alphabet[Int.random(in: alphabet.indices, using: &generator)])
    }
    return ReferralCode(checked: value)
  }

  private init(checked value: String) {
    self.value = value
  }

  package var description: String { value }
}
