/// A mail server that takes letters in (RFC 6409), and how to talk to it.
package struct SMTPServer: Sendable {
  /// How the connection is protected.
  package enum Security: Sendable {
    /// Not at all.
    case none
    /// By STARTTLS (RFC 3207); a server that does not offer it gets nothing.
    case startTLS
    /// By TLS from the first byte (RFC 8314).
    case implicitTLS
  }

  /// A name, an IPv4 address, or an IPv6 address without brackets.
  package let host: String
  /// 1 to 65535.
  package let port: Int
  /// How the connection is protected.
  package let security: Security
  /// The user to log in as; nil logs in as nobody.
  let user: String?
  /// The user's password; nil exactly when there is no user.
  let password: String?
  /// A file with the certificates (PEM) to trust instead of the system's.
  let certificateFile: String?

  /// Reads `smtp://user:password@host:587` or `smtps://user:password@host:465`. User and password
  /// may be left out together and are percent-decoded; the ports are the defaults.
  ///
  /// With `smtp`, STARTTLS is required unless the host is this machine (`localhost`, 127.0.0.0/8,
  /// `::1`); `?tls=none` or `?tls=starttls` says otherwise. `?ca=/file.pem` names the certificates
  /// to trust instead of the system's, for a server with a certificate of its own making.
  /// - Throws: `MailError` with `invalidServer`; its message repeats nothing of the URL.
  package init(url: String) throws(MailError) {
    let parts = try SMTPURL(url)
    host = parts.host
    user = parts.user
    password = parts.password
    certificateFile = parts.options["ca"]
    if parts.isImplicitTLS {
      guard parts.options["tls"] == nil else {
        throw MailError(.invalidServer, "smtps:// is TLS already and takes no tls=")
      }
      security = .implicitTLS
      port = parts.port ?? 465
      return
    }
    port = parts.port ?? 587
    switch parts.options["tls"] {
    case "none": security = .none
    case "starttls": security = .startTLS
    case nil: security = Self.isLoopback(host) ? .none : .startTLS
    default: throw MailError(.invalidServer, "tls= is either none or starttls")
    }
  }

  /// The URL that libcurl is given: no credentials, no options.
  var connectionURL: String {
    let scheme = security == .implicitTLS ? "smtps" : "smtp"
    return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }

  /// Whether the server is on this very machine, where nobody can listen in.
  package var isLoopback: Bool { Self.isLoopback(host) }

  private static func isLoopback(_ host: String) -> Bool {
    let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
    let isLoopbackNetwork =
      numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    return isLoopbackNetwork || host == "::1" || host.lowercased() == "localhost"
  }
}

extension SMTPServer: CustomStringConvertible, CustomReflectable {
  /// Host, port and security only: user and password are nobody's business.
  package var description: String { "SMTPServer(\(host):\(port), \(security))" }
  /// A mirror without children, for the same reason.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
