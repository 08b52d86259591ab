import NIOConcurrencyHelpers
import Testing

@testable import HTTPTransport

/// Requests to addresses that somebody else has given.
@Suite(.timeLimit(.minutes(2))) struct ReachTests {
  @Test(arguments: [
    "http://127.0.0.1:PORT/", "http://localhost:PORT/", "http://127.1:PORT/",
    "http://2130706433:PORT/", "http://0x7f000001:PORT/", "http://0177.0.0.1:PORT/",
    "http://0.0.0.0:PORT/", "http://[::1]:PORT/", "http://[::]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/", "http://[64:ff9b::7f00:1]:PORT/",
    "http://10.0.0.1:PORT/", "http://172.16.0.1:PORT/", "http://192.168.0.1:PORT/",
    "http://169.254.169.254:PORT/", "http://100.64.0.1:PORT/", "http://224.0.0.1:PORT/",
    "http://[fd00::1]:PORT/", "http://[fe80::1]:PORT/", "https://127.0.0.1:PORT/",
  ])
  func aPrivateAddressIsNotEvenConnectedTo(url: String) async throws {
    try await withServer { connection in
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    } _: { transport, server in
      let start = ContinuousClock.now
      let error = try await failure(
        of: HTTPRequest(
          url: url.replacing("PORT", with: "\(server.port)"), reach: .publicInternet),
        by: transport)
      #expect(error.code == .forbiddenAddress, "\(error)")
      #expect(!error.isRetryable)
      #expect(!error.requestMayHaveBeenSent)
      #expect(server.acceptedConnections == 0)
      #expect(start.duration(to: .now) < .seconds(5))
    }
  }

  @Test func aKeptConnectionIsNoWayRound() async throws {
    try await withServer { connection in
      while true {
        _ = try await connection.next()
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      }
    } _: { transport, server in
      #expect(
        try await transport.send(HTTPRequest(url: server.url(), reach: .anywhere)).status == 200)
      let error = try await failure(
        of: HTTPRequest(url: server.url(), reach: .publicInternet), by: transport)
      #expect(error.code == .forbiddenAddress)
      #expect(!error.requestMayHaveBeenSent)
      #expect(
        try await transport.send(HTTPRequest(url: server.url(), reach: .anywhere)).status == 200)
      #expect(server.acceptedConnections <= 2)
    }
  }

  @Test(arguments: [
    ("1.1.1.1", true), ("8.8.8.8", true), ("93.184.215.14", true), ("172.15.255.255", true),
    ("172.32.0.0", true), ("100.63.255.255", true), ("100.128.0.0", true),
    ("223.255.255.255", true),
    ("198.17.255.255", true), ("198.20.0.0", true), ("2606:4700::1111", true),
    ("2a00:1450:4001::1", true), ("2001:4860:4860::8888", true), ("2001:200::1", true),
    ("0.0.0.0", false), ("0.1.2.3", false), ("10.255.255.255", false), ("100.64.0.0", false),
    ("100.127.255.255", false), ("127.255.255.254", false), ("169.254.0.1", false),
    ("172.16.0.0", false), ("172.31.255.255", false), ("192.0.0.8", false), ("192.0.2.1", false),
    ("192.88.99.1", false), ("192.168.255.255", false), ("198.18.0.1", false),
    ("198.19.255.255", false), ("198.51.100.7", false), ("203.0.113.7", false),
    ("224.0.0.1", false), ("239.255.255.255", false), ("240.0.0.1", false),
    ("255.255.255.255", false), ("::", false), ("::1", false), ("::ffff:8.8.8.8", false),
    ("::8.8.8.8", false), ("64:ff9b::808:808", false), ("64:ff9b:1::1", false), ("100::1", false),
    ("2001::1", false), ("2001:10::1", false), ("2001:1ff::1", false), ("2001:db8::1", false),
    ("2002:808:808::1", false), ("3fff::1", false), ("fc00::1", false), ("fd12:3456::1", false),
    ("fe80::1", false), ("fe80::1%eth0", false), ("fec0::1", false), ("ff02::1", false),
  ])
  func addressesOfTheInternetAreToldFromOthers(text: String, isPublic: Bool) throws {
    #expect(try #require(NetworkAddress(text)).isPublic == isPublic)
  }

  @Test(arguments: ["", "localhost", "1.2.3", "0x7f.0.0.1", "1.2.3.4.5", ":::"])
  func onlyAddressesAreRead(text: String) {
    #expect(NetworkAddress(text) == nil)
  }
}
