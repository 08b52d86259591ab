/// The parts of a mail server's URL. Strict: what could be read in two ways is refused.
struct SMTPURL {
  /// Whether the scheme is `smtps`.
  let isImplicitTLS: Bool
  /// Percent-decoded, without control characters.
  let user: String?
  /// Percent-decoded, without control characters; nil exactly when there is no user.
  let password: String?
  /// Without the brackets of an IPv6 address.
  let host: String
  /// 1 to 65535.
  let port: Int?
  /// What stands behind `?`: `tls` and `ca` at most, each once, percent-decoded, not empty.
  let options: [String: String]

  /// Takes a URL apart.
  /// - Throws: `MailError` with `invalidServer`; its message repeats nothing of the URL.
  init(_ url: String) throws(MailError) {
    guard url.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw Self.fault("has a character outside printable ASCII; write it as %XX")
    }
    var rest: Substring
    if url.lowercased().hasPrefix("smtp://") {
      isImplicitTLS = false
      rest = url.dropFirst(7)
    } else if url.lowercased().hasPrefix("smtps://") {
      isImplicitTLS = true
      rest = url.dropFirst(8)
    } else {
      throw Self.fault("starts with neither smtp:// nor smtps://")
    }
    options = try Self.cutOptions(from: &rest)
    if rest.last == "/" { rest.removeLast() }
    guard !rest.contains(where: { "/#?\\".contains($0) }) else {
      throw Self.fault("has a path or a fragment; write such a character in a password as %XX")
    }
    (user, password) = try Self.cutCredentials(from: &rest)
    (host, port) = try Self.hostAndPort(rest)
  }

  private static func cutOptions(from rest: inout Substring) throws(MailError) -> [String: String] {
    guard let mark = rest.firstIndex(of: "?") else { return [:] }
    let pairs = rest[rest.index(after: mark)...].split(separator: "&")
    rest = rest[..<mark]
    var options: [String: String] = [:]
    for pair in pairs {
      let halves = pair.split(separator: "=", maxSplits: 1)
      guard halves.count == 2, ["tls", "ca"].contains(halves[0]), options[String(halves[0])] == nil
      else { throw fault("has an option other than one tls= and one ca=") }
      options[String(halves[0])] = try decode(halves[1])
    }
    return options
  }

  private static func cutCredentials(
    from rest: inout Substring
  ) throws(MailError) -> (user: String?, password: String?) {
    guard let at = rest.lastIndex(of: "@") else { return (nil, nil) }
    let halves = rest[..<at].split(separator: ":", maxSplits: 1)
    rest = rest[rest.index(after: at)...]
    guard halves.count == 2, !rest.contains("@") else {
      throw fault("has a user without a password or a password without a user")
    }
    guard !halves[0].contains("@"), !halves[1].contains("@") else {
      throw fault("has an @ in user or password; write it as %40")
    }
    return (try decode(halves[0]), try decode(halves[1]))
  }

  private static func hostAndPort(
    _ text: Substring
  ) throws(MailError) -> (host: String, port: Int?) {
    var host = text
    var port: Int?
    // The colon before the port is the one behind the bracket of an IPv6 address.
    if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
      host = text[..<colon]
      let digits = text[text.index(after: colon)...]
      guard digits.allSatisfy(\.isNumber), let number = Int(digits), (1...65535).contains(number)
      else { throw fault("has a port that is not 1 to 65535") }
      port = number
    }
    if host.first == "[", host.last == "]" {
      host = host.dropFirst().dropLast()
      guard !host.isEmpty, host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else {
        throw fault("has brackets without an IPv6 address")
      }
    } else {
      guard !host.isEmpty,
        host.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." || $0 == "_" })
      else { throw fault("has no host, or one with a character that no host has") }
    }
    return (String(host), port)
  }

  private static func decode(_ text: Substring) throws(MailError) -> String {
    var bytes: [UInt8] = []
    var rest = text
    while let character = rest.popFirst() {
      guard character == "%" else {
        bytes += Array(String(character).utf8)
        continue
      }
      let digits = rest.prefix(2)
      guard digits.count == 2, digits.allSatisfy(\.isHexDigit), let byte = UInt8(digits, radix: 16)
      else { throw fault("has a % without two hexadecimal digits; write the sign itself as %25") }
      bytes.append(byte)
      rest = rest.dropFirst(2)
    }
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }),
      let decoded = String(validating: bytes, as: UTF8.self)
    else { throw fault("holds a control character or no UTF-8 once it is decoded") }
    return decoded
  }

  private static func fault(_ what: String) -> MailError {
    MailError(.invalidServer, "the mail server's URL \(what)")
  }
}
