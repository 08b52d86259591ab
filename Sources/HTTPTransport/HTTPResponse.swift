/// A complete answer, whatever its status.
package struct HTTPResponse: Sendable {
  /// The status code, such as 200. A redirect is an answer too; it is never followed.
  package let status: Int
  /// The header fields of the final answer; those of 1xx answers and trailers are left out.
  package let headers: HTTPHeaders
  /// The body after decompression.
  package let body: [UInt8]

  /// Makes an answer, for stand-ins that answer without a network.
  package init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}
