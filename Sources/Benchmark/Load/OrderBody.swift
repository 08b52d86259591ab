import FoundationEssentials
import Sandbox
import Signing

/// The body of ORDER_CONFIRMED as a real store sent it, made the body of any number of orders: each
/// has an order and a buyer of its own, and all have the same length.
struct OrderBody: Sendable {
  /// What cannot be used as the capture.
  struct Unsuitable: Error, CustomStringConvertible {
    let description: String
  }

  /// The capture, in the repository: 3,516 bytes, of a webhook that asks for much.
  static let capture = "Fixtures/deliveries/0030-order_confirmed--mf_order.body"
  /// The App that the capture is for.
  static let appID = "QXBwOjE="
  /// The order's id in the capture: "Order:" and a UUID in base64.
  private static let orderID = "T3JkZXI6ZjE1ODg0NzktNTc2My00NzU3LWI0ZDAtZGNhMDU4ZDU3N2Nk"

  /// The bytes of one that is not unique yet.
  let template: [UInt8]
  private let orderPlace: Int
  private let buyerPlace: Int
  private let codePlace: Int?

  /// Reads the capture. Everything in it that tells a time is set to now.
  ///
  /// - Parameter namesCode: whether each order names a code, one of its own; most orders of a shop name
  ///   none, and then nothing is asked of the store.
  /// - Throws: `Unsuitable`, and what reading the file throws.
  init(repository: String, namesCode: Bool) throws {
    var text = String(
      decoding: try Data(contentsOf: URL(filePath: "\(repository)/\(Self.capture)")),
      as: UTF8.self)
    if !namesCode { text = text.replacing("\"ref_code\"", with: "\"referrer\"") }
    let now = Date().storeText
    for name in ["issuedAt", "created", "updatedAt"] {
      guard let key = text.firstRange(of: "\"\(name)\": \"") else {
        throw Unsuitable(description: "the capture has no \(name)")
      }
      let end = text.index(key.upperBound, offsetBy: now.count)
      text.replaceSubrange(key.upperBound..<end, with: now)
    }
    func place(_ part: String) throws -> Int {
      let places = text.ranges(of: part)
      guard places.count == 1 else {
        throw Unsuitable(description: "the capture has \(part) \(places.count) times")
      }
      return text.utf8.distance(from: text.startIndex, to: places[0].lowerBound)
    }
    // The last twelve digits of the UUID are the last sixteen characters of the base64.
    orderPlace = try place(Self.orderID) + Self.orderID.utf8.count - 16
    buyerPlace = try place("anon.buyer@")
    codePlace = namesCode ? try place("ALICE10") : nil
    template = Array(text.utf8)
  }

  /// Where in the body something differs from order to order, and what stands there.
  func changes(number: Int) -> [(place: Int, bytes: [UInt8])] {
    let digits = String(number, radix: 16)
    let padded = String(repeating: "0", count: max(0, 12 - digits.count)) + digits
    var changes: [(place: Int, bytes: [UInt8])] = [
      (orderPlace, Array(Base64URL.encode(Array(padded.suffix(12).utf8)).utf8)),
      (buyerPlace, Array("b\(padded.suffix(9))".utf8)),
    ]
    if let codePlace { changes.append((codePlace, Array(Self.code(number: number).utf8))) }
    return changes
  }

  /// The body of one order.
  func bytes(number: Int) -> [UInt8] {
    var bytes = template
    for change in changes(number: number) {
      bytes.replaceSubrange(change.place..<(change.place + change.bytes.count), with: change.bytes)
    }
    return bytes
  }

  /// The code that an order names: seven characters.
  static func code(number: Int) -> String {
    let digits = String(number, radix: 36, uppercase: true)
    return "R" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits.suffix(6)
  }
}
