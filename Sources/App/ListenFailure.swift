import Glibc
import NIOCore

/// The service cannot listen where it is told to.
struct ListenFailure: Error, CustomStringConvertible {
  let description: String

  /// Says it in the words of the configuration; any other error stays as it is.
  static func explained(_ error: any Error, host: String, port: Int) -> any Error {
    if error is SocketAddressError || error is SocketAddressError.UnknownHost {
      return ListenFailure(
        description: "HOST is \(host), and no machine of this name is known; set it to an address "
          + "of this machine")
    }
    switch (error as? IOError)?.errnoCode {
    case EADDRINUSE:
      return ListenFailure(
        description: "port \(port) on \(host) is in use; stop what listens there, or set PORT")
    case EADDRNOTAVAIL:
      return ListenFailure(
        description: "HOST is \(host), which is no address of this machine; set it to one, or to "
          + "0.0.0.0 for all")
    case EACCES:
      return ListenFailure(
        description: "port \(port) is kept for root; set PORT to one above 1023")
    default: return error
    }
  }
}
