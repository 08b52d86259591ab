import Signing

/// The bytes of a text.
func bytes(_ text: String) -> [UInt8] {
  Array(text.utf8)
}

/// The same byte several times.
func bytes(_ byte: UInt8, times count: Int) -> [UInt8] {
  [UInt8](repeating: byte, count: count)
}

/// The bytes of a hexadecimal text; none when it is malformed, which no vector expects.
func hex(_ text: String) -> [UInt8] {
  Hex.decode(text) ?? []
}
