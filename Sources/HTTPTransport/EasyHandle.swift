import CCurl

/// One libcurl transfer handle and the header list that it borrows. It belongs to the loop's
/// thread from its making to its end, and must have left the multi handle before it ends.
@safe struct EasyHandle: ~Copyable {
  /// libcurl's `CURL *`.
  let pointer: UnsafeMutableRawPointer
  private var headers: UnsafeMutablePointer<curl_slist>?

  /// Makes a handle with libcurl's defaults.
  /// - Throws: `HTTPTransportError` with `other` when there is no memory.
  init() throws(HTTPTransportError) {
    guard let pointer = unsafe curl_easy_init() else {
      throw .refused(.other, "libcurl could not make a transfer")
    }
    unsafe self.pointer = pointer
    unsafe headers = nil
  }

  deinit {
    unsafe curl_easy_cleanup(pointer)
    unsafe curl_slist_free_all(headers)
  }

  /// Sets an option that takes a C `long`.
  func set(_ option: CURLoption, _ value: Int) throws(HTTPTransportError) {
    try Self.check(unsafe curl_shim_set_long(pointer, option, value))
  }

  /// Sets an option that takes a string; libcurl copies it.
  func set(_ option: CURLoption, _ value: String) throws(HTTPTransportError) {
    try Self.check(unsafe curl_shim_set_string(pointer, option, value))
  }

  /// Sets an option that takes a pointer, which must stay valid while the transfer runs.
  func set(
    _ option: CURLoption, _ value: UnsafeMutableRawPointer?
  ) throws(HTTPTransportError) {
    try Self.check(unsafe curl_shim_set_pointer(pointer, option, value))
  }

  /// Sets a function that takes bytes of the answer.
  func set(
    _ option: CURLoption, _ callback: curl_write_callback
  ) throws(HTTPTransportError) {
    try Self.check(unsafe curl_shim_set_data_callback(pointer, option, callback))
  }

  /// Sets the function that is called each time just before the request is written.
  func setBeforeRequest(_ callback: curl_prereq_callback) throws(HTTPTransportError) {
    try Self.check(unsafe curl_shim_set_before_request_callback(pointer, callback))
  }

  /// Makes the request a POST with these bytes, which libcurl copies so that it can send them
  /// again on another connection.
  func setBody(_ body: [UInt8]) throws(HTTPTransportError) {
    try set(CURLOPT_POST, 1)
    try Self.check(
      unsafe curl_shim_set_offset(pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
    let code = unsafe body.withUnsafeBytes { bytes in
      // An empty array has no address, and libcurl takes no address for "read from a callback".
      if let start = bytes.baseAddress, !body.isEmpty {
        unsafe curl_shim_set_copied_body(pointer, start)
      } else {
        unsafe curl_shim_set_string(pointer, CURLOPT_COPYPOSTFIELDS, "")
      }
    }
    try Self.check(code)
  }

  /// Adds a line in libcurl's notation: `name: value`, `name;` for an empty value, `name:` to
  /// leave out a field that libcurl would add. Takes effect with `useHeaderLines`.
  mutating func addHeaderLine(_ line: String) throws(HTTPTransportError) {
    guard let longer = unsafe curl_slist_append(headers, line) else {
      throw .refused(.other, "libcurl could not take a header")
    }
    unsafe headers = longer
  }

  /// Hands the collected lines to libcurl, which borrows them.
  func useHeaderLines() throws(HTTPTransportError) {
    try Self.check(unsafe curl_shim_set_header_list(pointer, headers))
  }

  /// The status of the answer; 0 when none came.
  var status: Int {
    var status = 0
    _ = unsafe curl_shim_get_long(pointer, CURLINFO_RESPONSE_CODE, &status)
    return status
  }

  private static func check(_ code: CURLcode) throws(HTTPTransportError) {
    guard code == CURLE_OK else {
      throw HTTPTransportError(
        .other, "libcurl refused an option: \(message(for: code))",
        cause: Int(code.rawValue), requestMayHaveBeenSent: false)
    }
  }

  /// libcurl's fixed text for a result; it never holds anything of the request.
  static func message(for code: CURLcode) -> String {
    guard let text = unsafe curl_easy_strerror(code) else { return "unknown" }
    return unsafe String(cString: text)
  }
}
