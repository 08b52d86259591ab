import FoundationEssentials

/// The ids that a store gives its users.
package enum UserID {
  /// Whether `text` is one: base64 of `User:` and a number, such as `VXNlcjox` for `User:1`, in the
  /// one form that the store writes. Another object's id would have Laurel write into that object,
  /// and another form of the same id would be a second user.
  package static func isValid(_ text: String) -> Bool {
    guard let data = Data(base64Encoded: text), data.base64EncodedString() == text else {
      return false
    }
    let prefix = Array("User:".utf8)
    let number = data.dropFirst(prefix.count)
    return data.starts(with: prefix) && (1...19).contains(number.count)
      && number.first != UInt8(ascii: "0")
      && number.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
