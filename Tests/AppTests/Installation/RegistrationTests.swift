import Domain
import FoundationEssentials
import HTTPTransport
import Intake
import Ledger
import NIOConcurrencyHelpers
import Sandbox
import Testing

/// Registrations that do not come from a store's installer.
@Suite(.timeLimit(.minutes(3))) struct RegistrationTests {
  @Test(arguments: [
    "", "[]", "{}", #"{"auth_token": ""}"#, #"{"auth_token": 5}"#, #"{"auth_token": "a b"}"#,
    #"{"auth_token": "a\nb"}"#,
  ])
  func withoutATokenNothingHappens(body: String) async throws {
    try await InstallingShop.open { installing in
      let answer = try await installing.register(body, apiURL: installing.address.canonical)
      #expect(answer.status == 400 && answer.message != nil)
      #expect(await installing.store.calls.isEmpty)
    }
  }

  @Test func aBodyWithoutMeasureIsRefused() async throws {
    try await InstallingShop.open { installing in
      let token = String(repeating: "x", count: 100_000)
      let answer = try await installing.register(
        #"{"auth_token": "\#(token)"}"#, apiURL: installing.address.canonical)
      #expect(answer.status == 413 && answer.message != nil)
    }
  }

  @Test(arguments: [
    nil, "", "nonsense", "ftp://shop.example.com/graphql/", "https://evil.example/graphql/",
    "http://127.0.0.1:1/graphql/", "http://localhost:8080/graphql/", "http://[::1]:8080/graphql/",
    "http://169.254.169.254/graphql/", "https://user@one.saleor.cloud/graphql/",
  ])
  func aStoreThatNobodyAllowedIsNotCalled(apiURL: String?) async throws {
    try await InstallingShop.open { installing in
      let answer = try await installing.register(#"{"auth_token": "stolen"}"#, apiURL: apiURL)
      #expect(answer.status == 400 || answer.status == 403)
      #expect(try #require(answer.message).utf8.count <= 250)
      #expect(try await installing.installations().isEmpty)
    }
  }

  @Test func aRunningInstallationCannotBeTakenOver() async throws {
    try await InstallingShop.open { installing in
      try await installing.installer.install(HandshakeTests.manifest, name: "Laurel")
      let before = try await installing.installations()
      let guessed = try await installing.register(
        #"{"auth_token": "guessed"}"#, apiURL: installing.address.canonical)
      #expect(guessed.status == 401)
      #expect(guessed.message?.contains("does not accept the token") == true)
      // A living token, but of another App of the same store. It is asked two seconds later.
      try await Task.sleep(for: .milliseconds(2100))
      let other = await installing.store.app.token
      let foreign = try await installing.register(
        #"{"auth_token": "\#(other)"}"#, apiURL: installing.address.canonical)
      #expect(foreign.status == 403)
      #expect(foreign.message?.contains("another App") == true)
      #expect(try await installing.installations() == before)
      for line in installing.shop.logLines.withLockedValue({ $0 }) {
        #expect(!line.contains("guessed") && !line.contains(other), "tokens are not logged")
      }
    }
  }

  @Test func aNameThatLeadsIntoAPrivateNetworkIsNotFollowed() async throws {
    // A host that is allowed as one of many has to be on the internet. Every name that ends in
    // .localhost is this machine (RFC 6761, section 6.3).
    try await InstallingShop.open(["LAUREL_ALLOWED_STORES": "*.shop.localhost"]) { installing in
      let answer = try await installing.register(
        #"{"auth_token": "a"}"#, apiURL: "https://one.shop.localhost/graphql/")
      #expect(answer.status == 502)
      #expect(answer.message?.contains("no address of the public internet") == true)
      #expect(try await installing.installations().isEmpty)
    }
  }

  @Test func aStoreIsCalledOnceAtATime() async throws {
    try await InstallingShop.open { installing in
      await installing.store.inject([.delay(.seconds(2))], on: "app")
      let token = await installing.store.app.token
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<7 {
          group.addTask {
            try await installing.register(
              #"{"auth_token": "\#(token)"}"#, apiURL: installing.address.canonical
            ).status
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses.count { $0 == 503 } == 6)
      #expect(statuses.count { $0 == 403 } == 1)
    }
  }

  @Test func afterARefusedTokenAStoreIsLeftInPeace() async throws {
    try await InstallingShop.open { installing in
      let guess = { (number: Int) in
        try await installing.register(
          #"{"auth_token": "guess-\#(number)"}"#, apiURL: installing.address.canonical
        ).status
      }
      #expect(try await guess(0) == 401)
      for number in 1...20 { #expect(try await guess(number) == 503) }
      #expect(await installing.store.calls["app"] == 1)
      try await Task.sleep(for: .milliseconds(2100))
      #expect(
        try await installing.installer.install(HandshakeTests.manifest, name: "Laurel").status
          == .installed)
    }
  }

  @Test func madeUpStoresLeaveAPlaceForOneThatTheOperatorNamed() async throws {
    let gate = RegistrationGate(maximum: 4)
    let stores = try (0..<6).map {
      try #require(StoreAddress("https://shop\($0).example.com/graphql/"))
    }
    for (store, isLet) in zip(stores, [true, true, true, false]) {
      #expect(gate.enter(store, .publicInternet) == isLet)
    }
    #expect(gate.enter(stores[4], .anywhere))
    #expect(!gate.enter(stores[5], .anywhere), "the last place is taken")
    gate.leave(stores[0], isRefused: true)
    #expect(!gate.enter(stores[0], .anywhere), "it has just refused")
    #expect(gate.enter(stores[5], .anywhere))
  }

  @Test func withoutAPublicAddressTheInstallerIsOff() async throws {
    try await InstallingShop.open(["LAUREL_PUBLIC_URL": ""]) { installing in
      for path in ["/api/manifest", "/api/logo.png", "/"] {
        let answer = try await installing.shop.get(path)
        #expect(answer.status == 404)
        #expect(answer.json["detail"]?.contains("LAUREL_PUBLIC_URL") == true)
      }
      let answer = try await installing.register(
        #"{"auth_token": "a"}"#, apiURL: installing.address.canonical)
      #expect(answer.status == 404)
      #expect(answer.message?.contains("LAUREL_PUBLIC_URL") == true)
    }
  }
}
