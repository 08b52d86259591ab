import HTTPTransport
import Testing

/// A mail to test with.
func mail(
  to recipient: String, from sender: String = "shop@example.com",
  data: String = "Subject: Test\r\n\r\nHello\r\n"
) -> MailMessage {
  MailMessage(sender: sender, recipient: recipient, data: Array(data.utf8))
}

/// Runs `body` with a transport and ends it.
func withMailTransport(
  maximumConnections: Int = 4, maximumInFlight: Int = 256,
  _ body: (MailTransport) async throws -> Void
) async throws {
  let transport = try MailTransport(
    maximumConnections: maximumConnections, maximumInFlight: maximumInFlight)
  do {
    try await body(transport)
  } catch {
    await transport.shutdown()
    throw error
  }
  await transport.shutdown()
}

/// The error that a mail ends with; a failed test when it is delivered.
func failure(
  of mail: MailMessage, through url: String, by transport: MailTransport,
  connectTimeout: Duration = .seconds(30), totalTimeout: Duration = .seconds(30),
  sourceLocation: SourceLocation = #_sourceLocation
) async throws -> MailError {
  let server = try SMTPServer(url: url)
  do throws(MailError) {
    try await transport.send(
      mail, through: server, connectTimeout: connectTimeout, totalTimeout: totalTimeout)
    Issue.record("the mail was delivered", sourceLocation: sourceLocation)
    return MailError(.other, "delivered")
  } catch {
    return error
  }
}
