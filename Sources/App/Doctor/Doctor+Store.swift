import Domain
import FoundationEssentials
import HTTPTransport
import Rules
import SaleorAPI
import Signing

extension Doctor {
  /// How many seconds the clocks may differ unnoticed.
  private static let smallClockError = 60.0
  /// From how many seconds on times of the store and of Laurel do not go together any more.
  private static let greatClockError = 3600.0

  /// A permission that Laurel needs, and what for.
  private struct Need {
    let permission: String
    let purpose: String
  }

  /// The checks of the store.
  var storeChecks: [Check] {
    guard let client, let store else {
      return [
        Check(name: Check.store) {
          [
            storeFault
              ?? .warning(
                "no store is connected",
                publicAddress.map {
                  "install Laurel in a store's Dashboard, from the manifest \($0)/api/manifest"
                } ?? "set LAUREL_PUBLIC_URL, so that stores can install Laurel, or SALEOR_API_URL "
                  + "and what belongs to it")
          ]
        }
      ]
    }
    var checks = [
      Check(name: Check.store) { [try await answers(client)] },
      Check(name: "clock") { [try await clock(client)] },
      Check(name: Check.token) { [try await token(client)] },
      Check(name: "permissions") { try await permissions(client) },
      Check(name: "webhooks") {
        WebhookReview(
          publicAddress: publicAddress, secrets: store.webhookSecrets,
          isInstalled: store.isInstalled
        ).findings(try await client.webhooks())
      },
      Check(name: "failed deliveries") { [try await failedDeliveries(client)] },
      Check(name: "channel") { try await channels(client) },
    ]
    if store.webhookSecrets.isEmpty {
      checks.insert(Check(name: "signing key") { [await signingKey(store)] }, at: 1)
    }
    return checks
  }

  private func answers(_ client: StoreClient) async throws -> Finding {
    let version = try await client.version()
    guard version >= StoreVersion.oldest else {
      return .wrong(
        "the store speaks Saleor \(version), and Laurel \(StoreVersion.oldest) and later",
        "update the store")
    }
    return .ok("Saleor \(version) answers")
  }

  private func clock(_ client: StoreClient) async throws -> Finding {
    let before = Date()
    let time = try await client.time()
    // The store tells whole seconds, of a moment between the two readings of the own clock.
    let early = time.timeIntervalSince(Date())
    let late = time.timeIntervalSince(before) + 1
    let error = early > 0 ? early : late < 0 ? late : 0
    let size = error.magnitude
    guard size > Self.smallClockError else {
      return .ok("the clocks of the store and of this machine go together")
    }
    let sentence =
      "the store's clock is \(Int(size)) seconds \(error > 0 ? "ahead of" : "behind") this machine's"
    let advice = "see that both are set by NTP"
    return size > Self.greatClockError ? .wrong(sentence, advice) : .warning(sentence, advice)
  }

  private func token(_ client: StoreClient) async throws -> Finding {
    do {
      guard let app = try await client.app() else {
        return .wrong(
          "the token is not that of an App", "make a token for the App in the store's Dashboard")
      }
      guard app.isActive else {
        return .wrong("the App is switched off", "activate it in the store's Dashboard")
      }
      return .ok("the store takes the token, as that of the App \(app.id)")
    } catch let error as StoreError where error.code == .permissionDenied {
      return .wrong(
        "the store refuses the token: it is wrong or withdrawn, or its App was deleted or "
          + "switched off",
        "look at the App in the store's Dashboard; activate it, or make a new token for "
          + "SALEOR_TOKEN")
    }
  }

  private func permissions(_ client: StoreClient) async throws -> [Finding] {
    let granted = try await client.app()?.permissions ?? []
    return needs.map { need in
      granted.contains(need.permission)
        ? .ok("\(need.permission) is granted, to \(need.purpose)")
        : .wrong(
          "\(need.permission) is missing, without which Laurel cannot \(need.purpose)",
          store?.isInstalled == true
            ? "delete the App in the store's Dashboard and install it again with all permissions"
            : "grant it to the App in the store's Dashboard")
    }
  }

  private var needs: [Need] {
    let rewards =
      switch configuration.terms.all(for: store?.address).widestKind {
      case .giftCard: [Need(permission: "MANAGE_GIFT_CARD", purpose: "issue gift cards")]
      case .voucher:
        [
          Need(permission: "MANAGE_DISCOUNTS", purpose: "issue vouchers"),
          Need(
            permission: "MANAGE_GIFT_CARD",
            purpose: "keep a code that was taken back from coming to life"),
        ]
      }
    let installed = Need(
      permission: "MANAGE_APPS", purpose: "be told that the App was switched off or deleted")
    return [
      Need(
        permission: "MANAGE_ORDERS",
        purpose: "read orders back, write notes for staff, and be told of orders"),
      Need(
        permission: "MANAGE_USERS",
        purpose: "read who bought, and write codes and notes where they are shown"),
    ] + rewards + (store?.isInstalled == true ? [installed] : [])
  }

  private func failedDeliveries(_ client: StoreClient) async throws -> Finding {
    let failed = try await client.failedDeliveries(within: .seconds(24 * 3600))
      .filter { WebhookReview.isOurs($0.targetURL) }
    guard let latest = failed.first else { return .ok("the store gave up no delivery in a day") }
    let answer = latest.status.map { "answered with HTTP \($0)" } ?? "not answered"
    return .warning(
      "the store gave up \(failed.count) deliveries in the last day; the latest, "
        + "\(latest.event), was \(answer)", advice(forAnswer: latest.status))
  }

  private func advice(forAnswer status: Int?) -> String {
    switch status {
    case 401 where store?.webhookSecrets.isEmpty == true:
      "Laurel's log names what was refused: delivery refused"
    case 401: "see that the webhook's secret is one of SALEOR_WEBHOOK_SECRET"
    case 400: "see what is said of the webhook's query"
    case 404, 405, 301, 302, 307, 308: "see that the webhook's target is Laurel's own address"
    default: "see that Laurel can be reached from the store; the poll finds what was lost"
    }
  }

  /// One finding for each currency that the rewards name, and one for each campaign with channels in
  /// which it is not sold.
  private func channels(_ client: StoreClient) async throws -> [Finding] {
    let terms = configuration.terms.all(for: store?.address)
    let currencies = Set(
      terms.flatMap(\.campaigns).flatMap(\.offers).flatMap(\.amount.currencies))
    var findings: [Finding] = []
    for currency in currencies.sorted(by: { $0.code < $1.code }) {
      let channels = try await client.activeChannels(of: currency)
      findings.append(Self.finding(channels, of: currency))
      if channels.isEmpty { continue }
      findings += Self.campaigns(
        of: currency, outside: Set(channels.map(\.slug)), among: terms.flatMap(\.campaigns))
    }
    // What is so many percent of an order is in the currency of some channel by itself.
    return findings.isEmpty ? [.ok("rewards are in the currency of the order")] : findings
  }

  /// The campaigns that name a currency in which none of their channels sells.
  private static func campaigns(
    of currency: Currency, outside channels: Set<String>, among campaigns: [Campaign]
  ) -> [Finding] {
    var told: Set<String> = []
    return campaigns.compactMap { campaign in
      guard !campaign.channels.isEmpty, campaign.channels.isDisjoint(with: channels),
        campaign.offers.contains(where: { $0.amount.currencies.contains(currency) })
      else { return nil }
      let slugs = campaign.channels.sorted().joined(separator: ", ")
      let sentence =
        "the campaign \(campaign.id) names \(currency), in which none of its channels sells: "
        + slugs
      guard told.insert(sentence).inserted else { return nil }
      return .warning(sentence, "see to its channels and currencies in config/laurel.yaml")
    }
  }

  private static func finding(_ channels: [StoreChannel], of currency: Currency) -> Finding {
    guard !channels.isEmpty else {
      return .wrong(
        "the store has no active channel that sells in \(currency), so rewards in it are worthless",
        "set REFERRAL_REWARD_CURRENCY, or the currencies in config/laurel.yaml, to the store's, "
          + "or activate a channel")
    }
    return .ok(
      "rewards in \(currency) can be used in: \(channels.map(\.slug).joined(separator: ", "))")
  }

  private func signingKey(_ store: CalledStore) async -> Finding {
    let advice = "see that the store publishes its keys there, as Saleor does"
    // The address ends in the path of the API; the keys lie at the root of the host.
    let origin = store.address.canonical.split(separator: "/", omittingEmptySubsequences: false)
      .prefix(3)
      .joined(separator: "/")
    let response: HTTPResponse
    do {
      response = try await transport.send(
        HTTPRequest(
          url: "\(origin)/.well-known/jwks.json", totalTimeout: .seconds(5),
          maximumResponseBytes: JSONWebKeySet.maximumByteCount, reach: store.reach))
    } catch {
      return .wrong("the store's signing keys cannot be read: \(error.message)", advice)
    }
    guard response.status == 200 else {
      return .wrong("the store's signing keys are answered with HTTP \(response.status)", advice)
    }
    do {
      let keys = try JSONWebKeySet(json: response.body)
      guard keys.hasUsableKey else {
        return .wrong("the store publishes no RSA key that can sign webhooks", advice)
      }
      return .ok("the store publishes the key that signs its webhooks")
    } catch {
      return .wrong("the store's signing keys cannot be used: \(error)", advice)
    }
  }
}
