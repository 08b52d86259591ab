import NIOCore

/// Requests that a store would send, one for each order of a range, each with its own signature, made
/// ahead of the round: what is left to do for one is to copy four kilobytes.
struct SignedLoad: Sendable {
  /// A part of a request that differs from order to order.
  private struct Part {
    /// Where it stands in the request.
    let place: Int
    /// Where it stands in an order's record, and how long it is.
    let range: Range<Int>
  }

  /// How many requests there are.
  let count: Int

  private let request: ByteBuffer
  private let parts: [Part]
  private let recordLength: Int
  /// What differs, order by order, one record behind the other.
  private let records: ByteBuffer

  /// Signs the bodies of the orders `first..<first + count`, on two threads.
  ///
  /// - Parameters:
  ///   - apiURL: the store's address, which the head names.
  ///   - sign: the value of the header `Saleor-Signature` for a body; always of the same length.
  /// - Throws: what `sign` throws, `CancellationError`.
  init(
    _ body: OrderBody, first: Int, count: Int, apiURL: String,
    sign: @escaping @Sendable ([UInt8]) throws -> String
  ) async throws {
    let middle = count / 2
    async let upper = Self.records(body, numbers: first + middle..<first + count, sign)
    var records = try await Self.records(body, numbers: first..<first + middle, sign)
    records.writeImmutableBuffer(try await upper)
    self.init(
      body, first: first, count: count, apiURL: apiURL,
      signature: try sign(body.bytes(number: first)), records: records)
  }

  private init(
    _ body: OrderBody, first: Int, count: Int, apiURL: String, signature: String,
    records: ByteBuffer
  ) {
    let head = Self.head(apiURL: apiURL, signature: signature, length: body.template.count)
    var parts = head.ranges(of: signature).map {
      Part(
        place: head.utf8.distance(from: head.startIndex, to: $0.lowerBound),
        range: 0..<signature.utf8.count)
    }
    var length = signature.utf8.count
    for change in body.changes(number: first) {
      let end = length + change.bytes.count
      parts.append(Part(place: head.utf8.count + change.place, range: length..<end))
      length = end
    }
    self.count = count
    self.parts = parts
    self.records = records
    recordLength = length
    request = ByteBuffer(bytes: Array(head.utf8) + body.template)
  }

  /// Writes the request of this place in the range, in place of what is in the buffer.
  func write(_ index: Int, into buffer: inout ByteBuffer) {
    buffer.clear(minimumCapacity: request.readableBytes)
    buffer.writeImmutableBuffer(request)
    for part in parts {
      let place = index * recordLength + part.range.lowerBound
      guard let bytes = records.getSlice(at: place, length: part.range.count) else { continue }
      buffer.setBuffer(bytes, at: part.place)
    }
  }

  @concurrent private static func records(
    _ body: OrderBody, numbers: Range<Int>, _ sign: @Sendable ([UInt8]) throws -> String
  ) async throws -> ByteBuffer {
    var records = ByteBuffer()
    for number in numbers {
      try Task.checkCancellation()
      records.writeString(try sign(body.bytes(number: number)))
      for change in body.changes(number: number) { records.writeBytes(change.bytes) }
    }
    return records
  }

  /// The head as it was recorded with the capture.
  private static func head(apiURL: String, signature: String, length: Int) -> String {
    let host = apiURL.split(separator: "/").dropFirst().first.map(String.init) ?? ""
    return [
      "POST /webhooks/order-confirmed HTTP/1.1", "User-Agent: Saleor/3.23",
      "Accept-Encoding: gzip, deflate", "Accept: */*", "Connection: keep-alive",
      "Content-Type: application/json", "X-Saleor-Event: order_confirmed",
      "X-Saleor-Domain: \(host)", "X-Saleor-Signature: \(signature)",
      "Saleor-Event: order_confirmed", "Saleor-Domain: \(host)",
      "Saleor-Signature: \(signature)", "Saleor-Api-Url: \(apiURL)",
      "Content-Length: \(length)", "Host: 127.0.0.1", "", "",
    ].joined(separator: "\r\n")
  }
}
