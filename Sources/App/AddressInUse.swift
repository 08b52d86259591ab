import Glibc
import NIOCore

/// Another program listens where this one wants to.
struct AddressInUse: Error, CustomStringConvertible {
  let description: String

  /// Says it in the words of the configuration; any other error stays as it is.
  static func explained(_ error: any Error, host: String, port: Int) -> any Error {
    guard let cause = error as? IOError, cause.errnoCode == EADDRINUSE else { return error }
    return AddressInUse(
      description: "port \(port) on \(host) is in use; stop what listens there, or set PORT")
  }
}
