import Domain
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Signing

/// The page that the Dashboard shows in a frame, and that the manifest names for help and privacy.
/// It holds nothing of any store, so anybody may read it.
struct AppPage: Sendable {
  private let stores: AllowedStores
  /// The parts of the policy that are the same for everybody.
  private let policy: [String]

  /// Tells the Dashboard that the page is there; without it the Dashboard goes on waiting (FACTS §9).
  /// Everybody may know that.
  private static let script =
    #"if (parent !== window) parent.postMessage({type: "notifyReady", payload: {}}, "*")"#
  private static let style = """
    body { font: 16px/1.5 sans-serif; max-width: 42em; margin: 2em auto; padding: 0 1em; \
    color: #222; background: #fff } code { background: #eee; padding: 0 .2em }
    """

  /// The page for these stores: only their Dashboards may frame it.
  /// - Throws: `SigningError`.
  init(stores: AllowedStores) throws {
    self.stores = stores
    policy = [
      "default-src 'none'", "script-src \(try Self.source(Self.script))",
      "style-src \(try Self.source(Self.style))", "base-uri 'none'", "form-action 'none'",
    ]
  }

  /// The page for whoever asks with this query: the Dashboard names its store as `saleorApiUrl`, and
  /// the store's host as `domain` (FACTS §9). The list of stores is nobody's business, so that no
  /// other one is named.
  func response(to query: Parameters) -> Response {
    let frames = dashboard(query) ?? "'none'"
    var headers: HTTPFields = [.contentType: "text/html; charset=utf-8"]
    headers[.contentSecurityPolicy] =
      (policy + ["frame-ancestors \(frames)"]).joined(separator: "; ")
    headers[.xContentTypeOptions] = "nosniff"
    if let referrer = HTTPField.Name("Referrer-Policy") { headers[referrer] = "no-referrer" }
    return Response(
      status: .ok, headers: headers, body: .init(byteBuffer: .init(string: Self.html)))
  }

  /// The origin of the allowed store that a query names; `nil` when it names none.
  private func dashboard(_ query: Parameters) -> String? {
    let named =
      query["saleorApiUrl"].map { [String($0)] }
      ?? query["domain"].map { ["https://\($0)/graphql/", "http://\($0)/graphql/"] } ?? []
    return named.compactMap(StoreAddress.init).first { stores.reach(of: $0) != nil }?.origin
  }

  /// A source that allows exactly this text (CSP Level 3, section 2.3.1).
  private static func source(_ text: String) throws -> String {
    "'sha256-\(Data(try SHA256.hash(Array(text.utf8))).base64EncodedString())'"
  }

  private static let html = """
    <!doctype html>
    <html lang="en">
    <head><meta charset="utf-8"><title>Laurel</title><style>\(style)</style></head>
    <body>
    <h1>Laurel is installed</h1>
    <p>Customers share a code, friends buy with it, and the customer is rewarded with a gift card or
    a voucher. There is nothing to set up here: whoever runs Laurel sets the rewards and their
    conditions.</p>
    <h2>How codes reach orders</h2>
    <p>A customer's code stands in his public metadata under <code>ref_code</code>. Have the
    storefront show it to him, and have it put the code that a friend enters into the checkout's
    metadata under the same name. The store copies it to the order.</p>
    <h2 id="help">Help</h2>
    <p>What Laurel has seen and decided, whoever runs it can tell for each order
    (<code>laurel events</code>, <code>laurel rewards</code>). Switching the App off or deleting it
    stops all rewards and loses nothing: after the next installation it goes on.</p>
    <h2 id="privacy">Privacy</h2>
    <p>Laurel keeps the ids of orders and customers, their e-mail addresses as far as codes and
    rewards depend on them, and the deliveries of the store's webhooks. It gives them to nobody, and
    sends letters only with the rewards themselves.</p>
    <script>\(script)</script>
    </body>
    </html>
    """
}
