/// One request. It is checked as a whole by `HTTPTransport.send` before anything is started.
package struct HTTPRequest: Sendable {
  /// The methods that can be sent.
  package enum Method: String, Sendable {
    /// `GET`
    case get = "GET"
    /// `HEAD`; it takes no body.
    case head = "HEAD"
    /// `POST`
    case post = "POST"
    /// `PUT`
    case put = "PUT"
    /// `PATCH`
    case patch = "PATCH"
    /// `DELETE`
    case delete = "DELETE"
    /// `OPTIONS`
    case options = "OPTIONS"
  }

  /// Which hosts a request may reach.
  package enum Reach: Sendable {
    /// Any host: for addresses that the operator has chosen himself.
    case anywhere
    /// Hosts under an address of the public internet: for addresses that somebody else has given.
    /// Checked at each connection, so that a name that changes its address does not help.
    case publicInternet
  }

  /// The method; GET unless told otherwise.
  package var method: Method
  /// An absolute `http` or `https` URL in printable ASCII, percent-encoded, without a user name
  /// or password: credentials belong in a header.
  package var url: String
  /// Header fields in the order in which they are sent. Names are HTTP tokens; values hold no
  /// control character but the tab. `Content-Length`, `Transfer-Encoding` and `Expect` are the
  /// transport's own business and are refused.
  package var headers: [(name: String, value: String)]
  /// The body, sent with its length. Nil sends none.
  package var body: [UInt8]?
  /// Longest time for name, TCP and TLS together; above zero, at most a day.
  package var connectTimeout: Duration
  /// Longest time from start to the last byte of the answer, waiting for a free connection
  /// included; above zero, at most a day.
  package var totalTimeout: Duration
  /// Largest body that is taken, in bytes, counted after decompression.
  package var maximumResponseBytes: Int
  /// Whether the request goes on a fresh connection: libcurl sends one again by itself only when a
  /// kept connection turns out to be dead, so this one is sent at most once.
  package var isSentOnce: Bool
  /// Which hosts may be reached.
  package var reach: Reach

  /// Makes a request with the defaults for a call to the store: 2 s to connect, 15 s in all, an
  /// answer of at most 4 MiB. `reach` has none, so that no call forgets it.
  package init(
    method: Method = .get,
    url: String,
    headers: [(name: String, value: String)] = [],
    body: [UInt8]? = nil,
    connectTimeout: Duration = .seconds(2),
    totalTimeout: Duration = .seconds(15),
    maximumResponseBytes: Int = 4 * 1024 * 1024,
    isSentOnce: Bool = false,
    reach: Reach
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.connectTimeout = connectTimeout
    self.totalTimeout = totalTimeout
    self.maximumResponseBytes = maximumResponseBytes
    self.isSentOnce = isSentOnce
    self.reach = reach
  }
}

extension HTTPRequest: CustomStringConvertible, CustomReflectable {
  /// Method and sizes only: URL, header fields and body may hold credentials or personal data.
  package var description: String {
    "HTTPRequest(\(method.rawValue), \(headers.count) headers, \(body?.count ?? 0) body bytes)"
  }
  /// A mirror without children, for the same reason.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
