import FoundationEssentials
import Hummingbird
import HummingbirdCore
import Logging
import NIOConcurrencyHelpers
import ServiceLifecycle
import Subprocess
import SystemPackage
import Testing

/// A storefront's page with a strict Content Security Policy, and a browser that visits it.
struct BrowserPage: Sendable {
  /// The page's origin.
  let origin: String
  private let profile: String
  /// What the page reported last.
  private let report: NIOLockedValueBox<String?>

  /// What the page's own script does: a reload, then away from the code's address, then a checkout,
  /// as a storefront makes one; then it waits for the widget and reports.
  private static let script = """
    const violations = [];
    addEventListener("securitypolicyviolation", (event) => violations.push(event.blockedURI));
    if (location.pathname === "/blocked") {
      const blocked = { get() { throw new DOMException("denied", "SecurityError"); } };
      Object.defineProperty(window, "localStorage", blocked);
    }
    const report = (word) => fetch("/report", {
      method: "POST",
      body: `${word} code=${window.laurel.code()} search=${location.search} `
        + `violations=${violations.join()}`,
    });
    const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
    addEventListener("load", async () => {
      if (location.search && !sessionStorage.getItem("reloaded")) {
        sessionStorage.setItem("reloaded", "yes");
        return location.reload();
      }
      if (location.search) return location.assign(location.pathname);
      if (location.pathname === "/blocked") return report("landed");
      if (location.pathname === "/brief") {
        await pause(2500);
        return report("waited");
      }
      const answer = await fetch(document.getElementById("shop").dataset.store, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ query: `\(CheckoutCreation.document)` }),
      });
      const id = (await answer.json()).data.checkoutCreate.checkout.id;
      localStorage.setItem("checkout", JSON.stringify(id));
      for (let look = 0; look < 150; look++) {
        await pause(200);
        if ((localStorage.getItem("laurel.attached") ?? "").startsWith(id)) break;
      }
      // Time enough for one more, which must not come.
      await pause(3000);
      report("attached " + (localStorage.getItem("laurel.attached") ?? ""));
    });
    """

  /// Serves pages that load the widget from `laurel` and buy at `store`, for the time of `body`.
  static func serve(
    laurel: String, store: String, _ body: (BrowserPage) async throws -> Void
  ) async throws {
    let router = Router()
    let port = NIOLockedValueBox(0)
    let report = NIOLockedValueBox<String?>(nil)
    router.get("page.js") { _, _ in
      Response(
        status: .ok, headers: [.contentType: "text/javascript"],
        body: .init(byteBuffer: .init(string: script)))
    }
    router.post("report") { request, _ in
      let body = try await request.body.collect(upTo: 10_000)
      report.withLockedValue { $0 = String(buffer: body) }
      return Response(status: .noContent)
    }
    for (path, days) in [("/", "30"), ("/blocked", "30"), ("/brief", "0.00002")] {
      router.get(RouterPath(path)) { _, _ in
        let own = "http://127.0.0.1:\(port.withLockedValue { $0 })"
        let policy = """
          default-src 'none'; img-src data:; script-src \(own)/page.js \(laurel)/widget.js; \
          connect-src \(store) \(own)/report; base-uri 'none'; form-action 'none'; \
          require-trusted-types-for 'script'; trusted-types 'none'
          """
        let html = """
          <!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Shop</title>
          <main id="shop" data-store="\(store)"></main>
          <script src="/page.js"></script>
          <script defer src="\(laurel)/widget.js" data-api="\(store)" data-checkout-key="checkout"
            data-days="\(days)"></script>
          """
        return Response(
          status: .ok,
          headers: [.contentType: "text/html; charset=utf-8", .contentSecurityPolicy: policy],
          body: .init(byteBuffer: .init(string: html)))
      }
    }
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { channel in
        port.withLockedValue { $0 = channel.localAddress?.port ?? 0 }
      }, logger: log)
    let group = ServiceGroup(services: [application], logger: log)
    async let runs: Void = group.run()
    let deadline = ContinuousClock.now + .seconds(20)
    while port.withLockedValue({ $0 }) == 0, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(10))
    }
    let profile = "/tmp/laurel-test-browser-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: profile) }
    let page = BrowserPage(
      origin: "http://127.0.0.1:\(port.withLockedValue { $0 })", profile: profile,
      report: report)
    let result = await Swift.Result { try await body(page) }
    await group.triggerGracefulShutdown()
    try await runs
    try result.get()
  }

  /// Visits a path in a browser of its own start, with the storage that earlier visits left, and
  /// returns what the page reports in the end; empty when it reports nothing within 90 seconds.
  func visit(_ path: String) async throws -> String {
    report.withLockedValue { $0 = nil }
    let result = try await run(
      .path("/usr/bin/chromium"),
      arguments: [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--disable-background-networking", "--disable-component-update", "--no-first-run",
        "--user-data-dir=\(profile)", "\(origin)\(path)",
      ],
      input: .none, output: .discarded, error: .discarded
    ) { browser in
      let deadline = ContinuousClock.now + .seconds(90)
      while ContinuousClock.now < deadline {
        if let reported = report.withLockedValue({ $0 }) {
          // Ended gently: only then it keeps what the page stored.
          await browser.teardown(
            using: [.gracefulShutDown(allowedDurationToNextStep: .seconds(20))])
          return reported
        }
        try await Task.sleep(for: .milliseconds(20))
      }
      await browser.teardown(using: [.gracefulShutDown(allowedDurationToNextStep: .seconds(5))])
      Issue.record("the page in the browser reports nothing")
      return ""
    }
    return result.closureResult
  }
}

/// How a storefront makes a checkout.
enum CheckoutCreation {
  static let document = """
    mutation CheckoutCreation {
      checkoutCreate(input: {
        channel: "default-channel", lines: [{quantity: 1, variantId: "UHJvZHVjdFZhcmlhbnQ6Mzg0"}]
      }) { checkout { id metadata { key value } } errors { field message code } }
    }
    """
}
