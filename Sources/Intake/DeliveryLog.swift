import Domain
import Logging
import SaleorAPI
import Signing

/// What the log says of one delivery. The fields are put together when a line is written, and
/// nearly always that is once.
struct DeliveryLog: Sendable {
  /// The request's own logger.
  let logger: Logger
  /// Where it comes from.
  var store: StoreAddress?
  /// Its key.
  var eventID: [UInt8]?
  /// What it says.
  var delivery: Delivery?

  /// What is known of `logger`'s request from the start.
  init(_ logger: Logger) {
    self.logger = logger
  }

  /// A logger whose lines carry the fields, for those that know nothing of deliveries.
  var detailed: Logger {
    var logger = logger
    for (key, value) in fields { logger[metadataKey: key] = value }
    return logger
  }

  /// Writes a line with the fields and `more`.
  func write(
    _ level: Logger.Level, _ message: Logger.Message, _ more: Logger.Metadata = [:]
  ) {
    guard logger.logLevel <= level else { return }
    var all = fields
    all.merge(more) { $1 }
    logger.log(level: level, message, metadata: all)
  }

  private var fields: Logger.Metadata {
    var fields = Logger.Metadata(minimumCapacity: 6)
    if let store { fields["store"] = .string(store.description) }
    if let eventID { fields["delivery"] = .string(Hex.encode(Array(eventID.prefix(8)))) }
    if let delivery {
      fields["event"] = .string(delivery.event)
      if let orderID = delivery.orderID { fields["order"] = .string(orderID) }
    }
    return fields
  }
}
