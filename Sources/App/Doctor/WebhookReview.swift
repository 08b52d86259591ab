import SaleorAPI

/// What there is to say of the webhooks by which the store tells Laurel.
struct WebhookReview: Sendable {
  /// An event, and what is lost without it.
  private struct Event {
    let name: String
    let loss: String
    let isGrave: Bool
  }

  /// Where the store reaches Laurel, without a slash at its end; `nil` when it is not known.
  let publicAddress: String?
  /// The secrets of HMAC signatures that are accepted; none when the store signs with its own key.
  let secrets: [String]
  /// Whether the store installed Laurel by itself: its webhooks are those of the manifest, which its
  /// staff cannot edit.
  let isInstalled: Bool

  /// The paths on which Laurel takes deliveries.
  static let paths = [
    "/webhooks/saleor", "/webhooks/order-confirmed", "/webhooks/customer-created",
  ]

  private static let events = [
    Event(name: "ORDER_FULLY_PAID", loss: "paid orders are found by the poll only", isGrave: true),
    Event(
      name: "ORDER_CONFIRMED", loss: "orders that are confirmed after payment are found late",
      isGrave: false),
    Event(name: "ORDER_PAID", loss: "payments in parts are seen late", isGrave: false),
    Event(
      name: "ORDER_CANCELLED", loss: "rewards of cancelled orders are taken back late",
      isGrave: false),
    Event(
      name: "ORDER_REFUNDED", loss: "rewards of refunded orders are taken back late",
      isGrave: false),
    Event(
      name: "ORDER_FULLY_REFUNDED", loss: "rewards of refunded orders are taken back late",
      isGrave: false),
    Event(name: "ORDER_EXPIRED", loss: "expired orders are seen late", isGrave: false),
    Event(
      name: "CUSTOMER_CREATED",
      loss: "newcomers are not bound to the code that they name, and get none of their own",
      isGrave: false),
    Event(name: "ACCOUNT_DELETED", loss: "deleted customers are not forgotten", isGrave: false),
  ]
  private static let appEvents = [
    Event(
      name: "APP_STATUS_CHANGED",
      loss: "the work for the store goes on when the App is switched off",
      isGrave: false),
    Event(
      name: "APP_DELETED", loss: "the work for the store goes on when the App is deleted",
      isGrave: false),
  ]
  private static let newInstallation =
    "delete the App in the store's Dashboard and install it again; nothing is lost by that"

  /// Whether a delivery to this address was meant for Laurel.
  static func isOurs(_ targetURL: String) -> Bool {
    paths.contains { targetURL.hasSuffix($0) }
  }

  /// What is right and wrong with the App's webhooks.
  func findings(_ webhooks: [StoreWebhook]) -> [Finding] {
    let candidates = webhooks.filter { Self.isOurs($0.targetURL) }
    guard !candidates.isEmpty else {
      return [
        .wrong(
          "no webhook of the App leads to Laurel",
          isInstalled
            ? Self.newInstallation
            : "add one in the store's Dashboard with the target "
              + "\(publicAddress ?? "https://your-laurel")\(Self.paths[0])")
      ]
    }
    let usable = candidates.filter { faults(of: $0).isEmpty }
    return candidates.flatMap(faults) + usable.flatMap(gaps) + missingEvents(usable)
      + usable.map { .ok("\(Self.title($0)) is active and leads to \(Self.shown($0.targetURL))") }
  }

  /// What keeps any delivery of a webhook from being taken.
  private func faults(of webhook: StoreWebhook) -> [Finding] {
    var faults: [Finding] = []
    let title = Self.title(webhook)
    if !webhook.isActive {
      faults.append(.wrong("\(title) is switched off", "activate it in the store's Dashboard"))
    }
    if let publicAddress, !Self.paths.contains(where: { webhook.targetURL == publicAddress + $0 }) {
      faults.append(
        .wrong(
          "\(title) leads to \(Self.shown(webhook.targetURL)), and not to \(publicAddress)",
          isInstalled
            ? "correct LAUREL_PUBLIC_URL, or \(Self.newInstallation)"
            : "correct its target, or LAUREL_PUBLIC_URL"))
    }
    if let secret = webhook.secret {
      if !secrets.contains(secret) {
        faults.append(
          .wrong(
            "\(title) signs with a secret that Laurel does not accept",
            "make its secret key one of SALEOR_WEBHOOK_SECRET"))
      }
    } else if !secrets.isEmpty {
      faults.append(
        .wrong(
          "\(title) has no secret key, so its deliveries are refused",
          "give it the secret key of SALEOR_WEBHOOK_SECRET"))
    }
    return faults
  }

  /// What deliveries of a webhook lack.
  private func gaps(of webhook: StoreWebhook) -> [Finding] {
    let title = Self.title(webhook)
    let advice =
      isInstalled
      ? Self.newInstallation : "complete its query; config/README.md has the whole of it"
    guard let text = webhook.query else {
      return [
        .warning(
          "\(title) has no subscription query, so the store names its events outside of what it "
            + "signs", advice)
      ]
    }
    return WebhookQuery(text).gaps(for: webhook.events).map { gap in
      let sentence =
        "\(title) does not ask for \(gap.members.joined(separator: ", ")): \(gap.consequence)"
      return gap.isGrave ? .wrong(sentence, advice) : .warning(sentence, advice)
    }
  }

  private func missingEvents(_ webhooks: [StoreWebhook]) -> [Finding] {
    let told = webhooks.reduce(into: Set<String>()) { $0.formUnion($1.events) }
    guard !webhooks.isEmpty, !told.contains("ANY_EVENTS") else { return [] }
    let events = Self.events + (isInstalled ? Self.appEvents : [])
    return events.filter { !told.contains($0.name) }.map { event in
      let sentence = "no webhook tells of \(event.name): \(event.loss)"
      let advice =
        isInstalled ? Self.newInstallation : "add the event to the webhook in the store's Dashboard"
      return event.isGrave ? .wrong(sentence, advice) : .warning(sentence, advice)
    }
  }

  /// An address without the user and password that may stand in it.
  private static func shown(_ address: String) -> String {
    var parts = address.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count > 2 else { return address }
    parts[2] = parts[2].split(separator: "@").last.map(String.init) ?? ""
    return parts.joined(separator: "/")
  }

  private static func title(_ webhook: StoreWebhook) -> String {
    webhook.name.isEmpty ? "the webhook \(webhook.id)" : "the webhook \"\(webhook.name)\""
  }
}
