import Postgres
import Testing

@Suite struct ConfigurationTests {
  @Test(arguments: [
    "", "host", "hunter2", "password=hunter2 port", "password='hunter2",
    "postgresql://u:hunter2@[::1/x",
    "postgresql://u:hunter2@h/db?nonsense=1", "password=hunter2 nonsense=1", "host=a\0b",
  ])
  func aBadConnectionStringIsNotRepeated(_ text: String) {
    let error = #expect(throws: PostgresError.self) {
      try PostgresConfiguration(connectionString: text)
    }
    #expect(error?.code == .configuration)
    #expect(error?.description.contains("hunter2") == false)
  }

  @Test func theConfigurationHidesItsPassword() throws {
    let configuration = try PostgresConfiguration(
      connectionString: "postgresql://u:hunter2@localhost/db")
    var dumped = ""
    dump([configuration], to: &dumped)
    #expect(!"\(configuration) \(String(reflecting: configuration)) \(dumped)".contains("hunter2"))
  }

  @Test func theConfigurationIsChecked() {
    func code(_ body: () throws -> PostgresConfiguration) -> PostgresError.Code? {
      do {
        _ = try body()
        return nil
      } catch { return (error as? PostgresError)?.code }
    }
    let text = "host=localhost"
    #expect(code { try .init(connectionString: text) } == nil)
    #expect(code { try .init(connectionString: text, statementTimeout: .zero) } == .configuration)
    #expect(
      code { try .init(connectionString: text, replyGrace: .seconds(90_000)) } == .configuration)
    #expect(
      code { try .init(connectionString: text, connectTimeout: .seconds(-1)) } == .configuration)
    #expect(code { try .init(connectionString: text, poolSize: 0) } == .configuration)
    #expect(code { try .init(connectionString: text, poolWait: .zero) } == .configuration)
    #expect(code { try .init(connectionString: text, applicationName: "a\0") } == .configuration)
  }

  @Test func theSessionIsSetUp() async throws {
    try await TestDatabase.withConnection { connection in
      let settings = try await connection.rows(
        """
        SELECT name, setting FROM pg_settings WHERE name IN ('statement_timeout', 'TimeZone',
          'idle_in_transaction_session_timeout', 'client_encoding', 'application_name')
        """
      ) { row in (try row.decode("name", as: String.self), try row.decode(1, as: String.self)) }
      #expect(
        Dictionary(uniqueKeysWithValues: settings) == [
          "statement_timeout": "20000", "TimeZone": "UTC", "client_encoding": "UTF8",
          "idle_in_transaction_session_timeout": "20000", "application_name": "laurel-tests",
        ])
    }
  }
}
