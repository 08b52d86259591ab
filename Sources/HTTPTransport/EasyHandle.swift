import CCurl

/// One libcurl transfer handle and the list of lines that it borrows. It belongs to one thread (the
/// loop's, or the one that sends a mail) from its making to its end, and must have left the multi
/// handle before it ends.
@safe struct EasyHandle: ~Copyable {
  /// libcurl's `CURL *`.
  let pointer: UnsafeMutableRawPointer
  private var lines: UnsafeMutablePointer<curl_slist>?

  /// Makes a handle with libcurl's defaults.
  /// - Throws: `HTTPTransportError` with `other` when there is no memory.
  init() throws(HTTPTransportError) {
    guard let pointer = unsafe curl_easy_init() else {
      throw .refused(.other, "libcurl could not make a transfer")
    }
    unsafe self.pointer = pointer
    unsafe lines = nil
  }

  deinit {
    unsafe curl_easy_cleanup(pointer)
    unsafe curl_slist_free_all(lines)
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

  /// Sets the function that opens the socket for each connection that is tried, or does not.
  func setOpenSocket(_ callback: curl_opensocket_callback) throws(HTTPTransportError) {
    try Self.check(unsafe curl_shim_set_open_socket_callback(pointer, callback))
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

  /// Adds a line to the handle's one list. Takes effect with `useLines`.
  mutating func addLine(_ line: String) throws(HTTPTransportError) {
    guard let longer = unsafe curl_slist_append(lines, line) else {
      throw .refused(.other, "libcurl could not take a line")
    }
    unsafe lines = longer
  }

  /// Hands the collected lines to libcurl, which borrows them. As header fields they are in
  /// libcurl's notation: `name: value`, `name;` for an empty value, `name:` to leave out a field
  /// that libcurl would add.
  func useLines(as option: CURLoption) throws(HTTPTransportError) {
    try Self.check(unsafe curl_shim_set_list(pointer, option, lines))
  }

  /// Sets an option that counts bytes.
  func set(_ option: CURLoption, bytes: Int) throws(HTTPTransportError) {
    try Self.check(unsafe curl_shim_set_offset(pointer, option, curl_off_t(bytes)))
  }

  /// Sets the function that gives the bytes to be sent.
  func setRead(_ callback: curl_read_callback) throws(HTTPTransportError) {
    try Self.check(unsafe curl_shim_set_read_callback(pointer, callback))
  }

  /// Sets the function that sees what libcurl says and hears.
  func setDebug(_ callback: curl_debug_callback) throws(HTTPTransportError) {
    try set(CURLOPT_VERBOSE, 1)
    try Self.check(unsafe curl_shim_set_debug_callback(pointer, callback))
  }

  /// Sets the function that can stop the transfer; libcurl asks it about once a second, and
  /// whenever something happens.
  func setProgress(_ callback: curl_xferinfo_callback) throws(HTTPTransportError) {
    try set(CURLOPT_NOPROGRESS, 0)
    try Self.check(unsafe curl_shim_set_progress_callback(pointer, callback))
  }

  /// Runs the transfer to its end on this thread.
  func perform() -> CURLcode {
    unsafe curl_easy_perform(pointer)
  }

  /// The status of the answer, or the code of a mail server's last reply; 0 when none came.
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
