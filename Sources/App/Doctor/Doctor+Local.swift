import Domain
import FoundationEssentials
import HTTPTransport
import Ledger
import Postgres
import Rules
import SystemPackage
import Work

extension Doctor {
  /// The checks of this machine, of the way in, and of the way of letters.
  var localChecks: [Check] {
    [
      Check(name: "data folder") { dataFolder() },
      Check(name: "public address") { [try await publicWay()] },
      Check(name: "mail") { [try await mailWay()] },
    ]
  }

  private func dataFolder() -> [Finding] {
    let folder = FilePath(configuration.dataDirectory)
    guard let entry = try? Stat(folder) else { return [.ok("nothing is kept in \(folder)")] }
    var findings: [Finding] = []
    // Made by root it may be crossed: PostgreSQL, as another user, has to reach its part of it.
    if entry.permissions.rawValue & 0o066 != 0 {
      findings.append(
        .wrong("others may look into the data folder \(folder)", "run chmod 711 \(folder)"))
    }
    for name in ["admin.key", "code.key", "secret.key"] {
      let file = folder.appending(name)
      if let entry = try? Stat(file), entry.permissions.rawValue & 0o077 != 0 {
        findings.append(.wrong("others may read the key \(file)", "run chmod 600 \(file)"))
      }
    }
    return findings.isEmpty ? [.ok("\(folder) is closed to others")] : findings
  }

  private struct Health: Decodable {
    let status: String
    let version: String
  }

  private func publicWay() async throws -> Finding {
    guard let publicAddress else {
      return .warning(
        "LAUREL_PUBLIC_URL is not set, so it is not known where the store reaches Laurel",
        "set it to the address of Laurel that the store's webhook goes to")
    }
    let advice = "see that LAUREL_PUBLIC_URL is right, and that its proxy passes on to this Laurel"
    let response: HTTPResponse
    do {
      response = try await transport.send(
        HTTPRequest(
          url: "\(publicAddress)/health", totalTimeout: .seconds(5),
          maximumResponseBytes: 65_536, reach: .anywhere))
    } catch {
      return .wrong("\(publicAddress) does not answer: \(error.message)", advice)
    }
    guard response.status == 200,
      let health = try? JSONDecoder().decode(Health.self, from: Data(response.body)),
      health.status == "ok"
    else {
      return .wrong(
        "\(publicAddress)/health answers with HTTP \(response.status), and not as Laurel does",
        advice)
    }
    guard publicAddress.hasPrefix("https://") || Self.isLocal(publicAddress) else {
      return .warning(
        "Laurel \(health.version) answers at \(publicAddress), which anybody on the way can read",
        "put a proxy with a certificate before it, and use https")
    }
    return .ok("Laurel \(health.version) answers at \(publicAddress)")
  }

  private static func isLocal(_ address: String) -> Bool {
    ["http://127.", "http://localhost", "http://[::1]"].contains { address.hasPrefix($0) }
  }

  private func mailWay() async throws -> Finding {
    switch configuration.delivery {
    case .off: return .ok("Laurel sends no letters; the shop tells its customers")
    case .smtp(let settings):
      do {
        try await mail.greet(
          settings.server, connectTimeout: .seconds(4), totalTimeout: .seconds(5))
        return .ok("the mail server \(settings.server.host) takes connections and the login")
      } catch {
        return .wrong(
          "the mail server \(settings.server.host) does not take letters: \(error.message)",
          "see that host, port, user and password of SMTP_URL are right")
      }
    case .store: return try await storeLetters()
    }
  }

  /// Whether the store sends letters, as far as the letters of the past tell: an App cannot see the
  /// store's plugins.
  private func storeLetters() async throws -> Finding {
    guard configuration.terms.all(for: store?.address).widestKind == .giftCard else {
      return .warning(
        "the store sends no letters with vouchers", "set SMTP_URL to have Laurel send them")
    }
    let advice =
      "activate the store's e-mail plugin for the channel, with a sender, or set SMTP_URL"
    guard let pool, let store = try await storeID(pool) else {
      return .warning("the store has sent no letter yet, so it is not known that it can", advice)
    }
    let letters = try await CheckupRepository(pool).letters(store: store)
    if letters.failed > 0 {
      return .wrong(
        "\(letters.failed) letters of the newest rewards were not sent by the store: "
          + (letters.latestError ?? "no reason is kept"), advice)
    }
    if letters.sent == 0 {
      return .warning("the store has sent no letter yet, so it is not known that it can", advice)
    }
    return .ok("the store has sent the letters of the newest rewards (\(letters.sent))")
  }
}
