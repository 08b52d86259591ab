import CCurl
import Glibc

/// One request under way: its libcurl handle, what has arrived, and who waits for it. Lives on
/// the loop's thread only; libcurl calls back into it from there.
final class Transfer {
  /// When the total timeout passes.
  let deadline: ContinuousClock.Instant

  private let start: RequestQueue.Start
  private var easy: EasyHandle
  private var headers = HTTPHeaders()
  private var headerBytes = 0
  private var headersEnded = false
  private var body: [UInt8] = []
  private var refusal: HTTPTransportError.Code?
  private var requestMayHaveBeenSent = false

  /// Sets up everything that libcurl needs; nothing happens on the network yet.
  /// - Throws: `HTTPTransportError` when libcurl refuses an option.
  init(_ start: RequestQueue.Start, userAgent: String) throws(HTTPTransportError) {
    self.start = start
    deadline = .now + start.request.totalTimeout
    easy = try EasyHandle()
    try setLimits()
    try setRequest(userAgent: userAgent)
    try setCallbacks()
  }

  /// libcurl's handle, for the multi handle.
  var pointer: UnsafeMutableRawPointer { unsafe easy.pointer }

  private func setLimits() throws(HTTPTransportError) {
    let request = start.request
    try easy.set(CURLOPT_NOSIGNAL, 1)
    try easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
    try easy.set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
    try easy.set(CURLOPT_FOLLOWLOCATION, 0)
    try easy.set(CURLOPT_PROXY, "")  // Not even one from the environment.
    try easy.set(CURLOPT_SSL_VERIFYPEER, 1)
    try easy.set(CURLOPT_SSL_VERIFYHOST, 2)
    try easy.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    try easy.set(CURLOPT_TCP_NODELAY, 1)
    try easy.set(CURLOPT_FRESH_CONNECT, request.isSentOnce ? 1 : 0)
    try easy.set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.wholeMilliseconds)
    try easy.set(CURLOPT_TIMEOUT_MS, request.totalTimeout.wholeMilliseconds)
    // Without this, giving up on a name that does not resolve would block the whole loop until
    // the resolver's thread has returned.
    try easy.set(CURLOPT_QUICK_EXIT, 1)
  }

  private func setRequest(userAgent: String) throws(HTTPTransportError) {
    let request = start.request
    try easy.set(CURLOPT_URL, request.url)
    try easy.set(CURLOPT_USERAGENT, userAgent)
    try easy.set(CURLOPT_ACCEPT_ENCODING, "")  // Everything that this libcurl can decode.
    switch request.method {
    case .get where request.body == nil: break
    case .head: try easy.set(CURLOPT_NOBODY, 1)
    case .get, .delete, .options:
      if let body = request.body { try easy.setBody(body) }
      try easy.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    case .post, .put, .patch:
      try easy.setBody(request.body ?? [])
      try easy.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    }
    for (name, value) in request.headers {
      let isEmpty = value.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 }
      try easy.addLine(isEmpty ? "\(name);" : "\(name): \(value)")
    }
    try easy.addLine("Expect:")
    if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
      try easy.addLine("Content-Type:")
    }
    try easy.useLines(as: CURLOPT_HTTPHEADER)
  }

  private func setCallbacks() throws(HTTPTransportError) {
    let myself = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe try easy.set(CURLOPT_PRIVATE, UnsafeMutableRawPointer(bitPattern: start.number))
    unsafe try easy.set(CURLOPT_WRITEDATA, myself)
    unsafe try easy.set(CURLOPT_HEADERDATA, myself)
    unsafe try easy.set(CURLOPT_PREREQDATA, myself)
    unsafe try easy.set(CURLOPT_WRITEFUNCTION) { bytes, _, count, context in
      unsafe Transfer.from(context)?.takeBody(.init(start: bytes, count: count)) == true
        ? count : Int(CURL_WRITEFUNC_ERROR)
    }
    unsafe try easy.set(CURLOPT_HEADERFUNCTION) { bytes, _, count, context in
      unsafe Transfer.from(context)?.takeHeader(.init(start: bytes, count: count)) == true
        ? count : Int(CURL_WRITEFUNC_ERROR)
    }
    // A kept connection is not opened again, so its address is looked at here as well.
    try unsafe easy.setBeforeRequest { context, peer, _, _, _ in
      guard let transfer = unsafe Transfer.from(context),
        transfer.allows(unsafe peer.flatMap { NetworkAddress(unsafe String(cString: $0)) })
      else { return CURL_PREREQFUNC_ABORT }
      transfer.requestMayHaveBeenSent = true
      return CURL_PREREQFUNC_OK
    }
    guard start.request.reach == .publicInternet else { return }
    unsafe try easy.set(CURLOPT_OPENSOCKETDATA, myself)
    try unsafe easy.setOpenSocket { context, _, address in
      guard let transfer = unsafe Transfer.from(context), let address = unsafe address,
        transfer.allows(NetworkAddress(address))
      else { return CURL_SOCKET_BAD }
      let type = unsafe address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
      return unsafe socket(address.pointee.family, type, address.pointee.protocol)
    }
  }

  /// Whether the request may go to this address; `nil` is none of IP.
  private func allows(_ address: NetworkAddress?) -> Bool {
    if start.request.reach == .anywhere || address?.isPublic == true { return true }
    refusal = .forbiddenAddress
    return false
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    guard let context = unsafe context else { return nil }
    return unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
  }

  private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count <= start.request.maximumResponseBytes - body.count else {
      refusal = .bodyTooLarge
      return false
    }
    unsafe body.append(contentsOf: bytes)
    return true
  }

  // One whole line, the status line and the empty line at the end included.
  private func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    headerBytes += line.count
    guard headerBytes <= HTTPTransport.maximumHeaderBytes else {
      refusal = .headersTooLarge
      return false
    }
    if headersEnded { return true }  // A trailer.
    if unsafe line.starts(with: "HTTP/".utf8) {
      headers = HTTPHeaders()
    } else if line.count <= 2 {
      headersEnded = easy.status >= 200
    } else {
      unsafe headers.append(line: line)
    }
    return true
  }

  /// Ends the wait with what libcurl says about the transfer.
  func finish(_ result: CURLcode) {
    if result == CURLE_OK, headersEnded {
      start.continuation.resume(
        returning: .success(HTTPResponse(status: easy.status, headers: headers, body: body)))
    } else if result == CURLE_OK {
      // libcurl takes an answer that breaks off in its header fields for one without a body.
      fail(.connectionLost, "the answer broke off in its header fields")
    } else {
      fail(
        refusal ?? code(for: result),
        refusal == .forbiddenAddress
          ? "the host has no address of the public internet" : EasyHandle.message(for: result),
        cause: Int(result.rawValue))
    }
  }

  private func code(for result: CURLcode) -> HTTPTransportError.Code {
    guard requestMayHaveBeenSent else { return HTTPTransportError.Code(beforeRequest: result) }
    return HTTPTransportError.Code(afterRequest: result, headersEnded: headersEnded)
  }

  /// Ends the wait with an error.
  func fail(_ code: HTTPTransportError.Code, _ message: String, cause: Int? = nil) {
    start.continuation.resume(
      returning: .failure(
        HTTPTransportError(
          code, message, cause: cause, requestMayHaveBeenSent: requestMayHaveBeenSent)))
  }
}
