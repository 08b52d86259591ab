/// The element of a Swift array that PostgreSQL knows: a byte, whose array is `bytea`; a scalar;
/// or an optional scalar, for arrays with NULLs.
package protocol PostgresArrayElement {
  /// The server's type of `[Self]`.
  static var arrayType: PostgresType { get }
  /// How many bytes `encodeArray` is expected to append.
  static func encodedSize(of array: [Self]) -> Int
  /// Appends the array in binary form. Throws `encoding`.
  static func encodeArray(_ array: [Self], into bytes: inout [UInt8]) throws(PostgresError)
  /// Whether a column of this type can be read as `[Self]`.
  static func acceptsArray(_ type: PostgresType) -> Bool
  /// Reads an array in binary form. Throws `decoding`.
  static func decodeArray(
    _ bytes: Span<UInt8>, type: PostgresType
  ) throws(PostgresError) -> [Self]
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
  /// The array type of the element.
  package static var postgresType: PostgresType { Element.arrayType }
  /// The size of header and elements.
  package var encodedSize: Int { Element.encodedSize(of: self) }
  /// Appends the array.
  package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
    try Element.encodeArray(self, into: &bytes)
  }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
  /// The array types whose elements are accepted.
  package static func accepts(_ type: PostgresType) -> Bool { Element.acceptsArray(type) }
  /// Reads the array.
  package static func decode(
    _ bytes: Span<UInt8>, type: PostgresType
  ) throws(PostgresError) -> [Element] { try Element.decodeArray(bytes, type: type) }
}

extension UInt8: PostgresArrayElement {
  /// `bytea`.
  package static var arrayType: PostgresType { .bytea }
  /// The number of bytes.
  package static func encodedSize(of array: [UInt8]) -> Int { array.count }
  /// Appends the bytes themselves.
  package static func encodeArray(
    _ array: [UInt8], into bytes: inout [UInt8]
  ) throws(PostgresError) { bytes.append(contentsOf: array) }
  /// `bytea` only.
  package static func acceptsArray(_ type: PostgresType) -> Bool { type == .bytea }
  /// Copies the bytes.
  package static func decodeArray(
    _ bytes: Span<UInt8>, type: PostgresType
  ) throws(PostgresError) -> [UInt8] {
    unsafe bytes.withUnsafeBufferPointer { unsafe [UInt8]($0) }
  }
}

extension Array: PostgresScalar, PostgresArrayElement where Element == UInt8 {
  /// `bytea[]`.
  package static var postgresArrayType: PostgresType { .byteaArray }
}

extension PostgresArrayElement where Self: PostgresScalar {
  /// The array type of the scalar.
  package static var arrayType: PostgresType { postgresArrayType }
  /// The header, and each element with its length.
  package static func encodedSize(of array: [Self]) -> Int {
    array.reduce(BinaryArray.headerSize) { $0 + 4 + $1.encodedSize }
  }
  /// Appends the array.
  package static func encodeArray(
    _ array: [Self], into bytes: inout [UInt8]
  ) throws(PostgresError) {
    try BinaryArray.encode(array, of: Self.self, into: &bytes) { $0 }
  }
  /// Arrays of the types that the scalar accepts.
  package static func acceptsArray(_ type: PostgresType) -> Bool {
    type.element.map(accepts) ?? false
  }
  /// Reads the array.
  package static func decodeArray(
    _ bytes: Span<UInt8>, type: PostgresType
  ) throws(PostgresError) -> [Self] { try BinaryArray.decode(bytes, type: type) }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresScalar {
  /// The array type of the wrapped scalar.
  package static var arrayType: PostgresType { Wrapped.postgresArrayType }
  /// The header, and each element with its length.
  package static func encodedSize(of array: [Wrapped?]) -> Int {
    array.reduce(BinaryArray.headerSize) { $0 + 4 + ($1?.encodedSize ?? 0) }
  }
  /// Appends the array, nil as NULL.
  package static func encodeArray(
    _ array: [Wrapped?], into bytes: inout [UInt8]
  ) throws(PostgresError) {
    try BinaryArray.encode(array, of: Wrapped.self, into: &bytes) { $0 }
  }
  /// Arrays of the types that the wrapped scalar accepts.
  package static func acceptsArray(_ type: PostgresType) -> Bool { Wrapped.acceptsArray(type) }
  /// Reads the array, NULL as nil.
  package static func decodeArray(
    _ bytes: Span<UInt8>, type: PostgresType
  ) throws(PostgresError) -> [Wrapped?] { try BinaryArray.decode(bytes, type: type) }
}

/// The binary form of a one-dimensional array (the server's array_send): number of dimensions,
/// whether there are NULLs, type of the elements, length, lower bound; then every element with
/// its length, -1 for NULL.
enum BinaryArray {
  /// The bytes before the first element.
  static let headerSize = 20

  /// Appends `array`; `value` gives nil for NULL. Everything goes into the one buffer, in which
  /// room was reserved by the size of the array.
  static func encode<Element, Scalar: PostgresScalar>(
    _ array: [Element], of scalar: Scalar.Type, into bytes: inout [UInt8],
    value: (Element) -> Scalar?
  ) throws(PostgresError) {
    guard let count = Int32(exactly: array.count) else {
      throw PostgresError(.encoding, "an array has too many elements")
    }
    bytes.append(bigEndian: Int32(array.isEmpty ? 0 : 1))
    let nullFlag = bytes.count
    bytes.append(bigEndian: Int32(0))
    bytes.append(bigEndian: Scalar.postgresType.rawValue)
    if array.isEmpty { return }
    bytes.append(bigEndian: count)
    bytes.append(bigEndian: Int32(1))
    for element in array {
      let lengthOffset = bytes.count
      bytes.append(bigEndian: Int32(-1))
      guard let scalar = value(element) else {
        bytes.overwrite(at: nullFlag, bigEndian: 1)
        continue
      }
      try scalar.encode(into: &bytes)
      guard let length = Int32(exactly: bytes.count - lengthOffset - 4) else {
        throw PostgresError(.encoding, "an element of an array is too large")
      }
      bytes.overwrite(at: lengthOffset, bigEndian: length)
    }
  }

  /// Reads an array of at most one dimension. Throws `decoding` for more dimensions, for a NULL
  /// where `Element` is not optional, and for a malformed value.
  static func decode<Element: PostgresDecodable>(
    _ bytes: Span<UInt8>, type: PostgresType
  ) throws(PostgresError) -> [Element] {
    let dimensions = try bytes.integer(at: 0, as: Int32.self)
    let elementType = PostgresType(rawValue: try bytes.integer(at: 8))
    guard elementType == type.element, Element.accepts(elementType) else {
      throw PostgresError(.decoding, "has elements of the type \(elementType.rawValue)")
    }
    if dimensions == 0 { return [] }
    guard dimensions == 1 else {
      throw PostgresError(.decoding, "has \(dimensions) dimensions where one is expected")
    }
    let count = Int(try bytes.integer(at: 12, as: Int32.self))
    // Each element has four bytes at least: a false count cannot make us reserve memory.
    guard count >= 0, count <= (bytes.count - headerSize) / 4 else {
      throw PostgresError(.decoding, "is not a well-formed array")
    }
    var array: [Element] = []
    array.reserveCapacity(count)
    var offset = headerSize
    for _ in 0..<count {
      let length = Int(try bytes.integer(at: offset, as: Int32.self))
      offset += 4
      if length == -1 {
        array.append(try Element.decodeNull())
        continue
      }
      guard length >= 0, length <= bytes.count - offset else {
        throw PostgresError(.decoding, "is not a well-formed array")
      }
      let element = bytes.extracting(offset..<(offset + length))
      array.append(try Element.decode(element, type: elementType))
      offset += length
    }
    return array
  }
}
