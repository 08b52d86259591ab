/// The rules that a request keeps before libcurl sees it. What could change the meaning of the
/// bytes on the wire (a line break in a header value, a second length) is refused, not repaired.
enum RequestRules {
  private static let reservedNames: Set<String> = ["content-length", "transfer-encoding", "expect"]
  private static let tokenPunctuation = Set("!#$%&'*+-.^_`|~".utf8)
  /// The largest timeout that can be asked for.
  static let longestTimeout = Duration.seconds(86_400)

  /// Checks everything that can be checked without a connection.
  /// - Throws: `HTTPTransportError` with `invalidRequest`.
  static func check(_ request: HTTPRequest) throws(HTTPTransportError) {
    try checkURL(request.url)
    for (name, value) in request.headers {
      try checkHeader(name: name, value: value)
    }
    guard request.method != .head || request.body == nil else {
      throw .refused(.invalidRequest, "a HEAD request takes no body")
    }
    for timeout in [request.connectTimeout, request.totalTimeout] {
      guard timeout > .zero, timeout <= longestTimeout else {
        throw .refused(.invalidRequest, "a timeout is above zero and at most a day")
      }
    }
    guard request.maximumResponseBytes >= 0 else {
      throw .refused(.invalidRequest, "the largest body is not negative")
    }
  }

  /// Checks the value of the header field `User-Agent` that a transport sends by default.
  /// - Throws: `HTTPTransportError` with `invalidRequest`.
  static func checkHeader(name: String, value: String) throws(HTTPTransportError) {
    guard !name.isEmpty, name.utf8.allSatisfy(isTokenCharacter) else {
      throw .refused(.invalidRequest, "a header name is not an HTTP token")
    }
    guard !reservedNames.contains(name.lowercased()) else {
      throw .refused(.invalidRequest, "the header \(name) is set by the transport itself")
    }
    guard value.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7f) }) else {
      throw .refused(.invalidRequest, "the value of header \(name) holds a control character")
    }
  }

  // libcurl parses the URL and refuses user names; here only what would make it guess or cut.
  private static func checkURL(_ url: String) throws(HTTPTransportError) {
    guard url.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw .refused(.invalidRequest, "the URL holds a character outside printable ASCII")
    }
    let start = url.prefix(8).lowercased()
    guard start.hasPrefix("http://") || start == "https://" else {
      throw .refused(.invalidRequest, "the URL is neither http nor https")
    }
  }

  private static func isTokenCharacter(_ character: UInt8) -> Bool {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"):
      true
    default: tokenPunctuation.contains(character)
    }
  }
}
