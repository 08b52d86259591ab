import Glibc

/// Reads where to listen.
enum HostReader {
  /// The address or name of `HOST`.
  static func host(_ reader: inout EnvironmentReader) -> String {
    let host = reader.text("HOST") ?? "127.0.0.1"
    if !isAddress(host) && !isName(host) {
      reader.fault(
        "HOST must be an address of this machine, such as 127.0.0.1, 0.0.0.0 or ::, or its name")
    }
    return host
  }

  private static func isAddress(_ text: String) -> Bool {
    var buffer = in6_addr()
    return unsafe withUnsafeMutablePointer(to: &buffer) { pointer in
      unsafe inet_pton(AF_INET, text, pointer) == 1 || inet_pton(AF_INET6, text, pointer) == 1
    }
  }

  /// Whether the text is a host's name (RFC 1123, section 2.1), which never ends in a number.
  private static func isName(_ text: String) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    return text.utf8.count <= 253 && labels.last.map { Int($0) == nil } ?? false
      && labels.allSatisfy { label in
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
          && label.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
      }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
