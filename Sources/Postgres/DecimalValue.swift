package import FoundationEssentials

/// `numeric`, digit by digit: a sum of money never passes through floating point.
///
/// The server's form is a sign, a weight, a scale and groups of four decimal digits. `Decimal`
/// holds a 128-bit significand and an exponent of -128 to 127; what does not fit exactly throws.
extension Decimal: PostgresScalar {
  private static var negative: UInt16 { 0x4000 }

  /// `numeric`.
  package static var postgresType: PostgresType { .numeric }
  /// `numeric[]`.
  package static var postgresArrayType: PostgresType { .numericArray }
  /// The header and eleven groups, which hold the longest significand.
  package var encodedSize: Int { 8 + 22 }

  /// Appends the exact value. Throws `encoding` for NaN.
  package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
    guard !isNaN else { throw PostgresError(.encoding, "a decimal is not a number") }
    var digits = significand.magnitude.description.utf8.compactMap { byte in
      byte >= 0x30 && byte <= 0x39 ? Int16(byte - 0x30) : nil
    }
    // The groups of four count from the decimal point, so the exponent has to be a multiple of 4.
    let padding = ((exponent % 4) + 4) % 4
    digits.append(contentsOf: repeatElement(0, count: padding))
    let leading = (4 - digits.count % 4) % 4
    digits.insert(contentsOf: repeatElement(0, count: leading), at: 0)
    var groups = stride(from: 0, to: digits.count, by: 4).map { start in
      digits[start..<(start + 4)].reduce(Int16(0)) { $0 * 10 + $1 }
    }
    var weight = groups.count - 1 + (exponent - padding) / 4
    while groups.first == 0 {
      groups.removeFirst()
      weight -= 1
    }
    while groups.last == 0 { groups.removeLast() }

    bytes.append(bigEndian: Int16(groups.count))
    bytes.append(bigEndian: Int16(groups.isEmpty ? 0 : weight))
    bytes.append(bigEndian: sign == .minus && !groups.isEmpty ? Self.negative : 0)
    bytes.append(bigEndian: Int16(max(0, -exponent)))
    for group in groups { bytes.append(bigEndian: group) }
  }

  /// `numeric` only.
  package static func accepts(_ type: PostgresType) -> Bool { type == .numeric }

  /// Reads the exact value. Throws `decoding` for NaN, for infinity, and for a value with more
  /// digits than a `Decimal` can hold.
  package static func decode(
    _ bytes: Span<UInt8>, type: PostgresType
  ) throws(PostgresError) -> Decimal {
    let count = Int(try bytes.integer(at: 0, as: UInt16.self))
    let weight = Int(try bytes.integer(at: 2, as: Int16.self))
    let sign = try bytes.integer(at: 4, as: UInt16.self)
    let scale = Int(try bytes.integer(at: 6, as: UInt16.self))
    guard sign == 0 || sign == negative else {
      throw PostgresError(.decoding, "is NaN or infinite")
    }
    guard bytes.count == 8 + 2 * count else {
      throw PostgresError(.decoding, "is not a well-formed numeric")
    }

    var significand: UInt128 = 0
    var exponent = 0
    for index in 0..<count {
      let group = try bytes.integer(at: 8 + 2 * index, as: UInt16.self)
      exponent = (weight - index) * 4
      if index < count - 1 {
        significand = try appending(group, to: significand, factor: 10_000)
      } else {
        // The last group may end in zeros that are not significant; leaving them out lets a value
        // of 38 digits fit wherever its decimal point is.
        var (digits, factor) = (group, UInt128(10_000))
        while digits != 0, digits % 10 == 0 {
          digits /= 10
          factor /= 10
          exponent += 1
        }
        significand = try appending(digits, to: significand, factor: factor)
      }
    }
    if significand == 0 { exponent = -min(scale, 128) }
    guard (-128...127).contains(exponent), let value = Decimal(string: significand.description)
    else { throw PostgresError(.decoding, "is outside the range of a decimal") }
    return Decimal(sign: sign == negative ? .minus : .plus, exponent: exponent, significand: value)
  }

  private static func appending(
    _ group: UInt16, to significand: UInt128, factor: UInt128
  ) throws(PostgresError) -> UInt128 {
    let (product, tooLarge) = significand.multipliedReportingOverflow(by: factor)
    let (sum, overflow) = product.addingReportingOverflow(UInt128(group))
    guard !tooLarge, !overflow else {
      throw PostgresError(.decoding, "has more digits than a decimal can hold exactly")
    }
    return sum
  }
}
