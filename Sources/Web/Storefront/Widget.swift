import FoundationEssentials
import HTTPTypes
import Hummingbird
import Signing

/// What a storefront's pages load to keep an invitation's code and put it into the checkout: at most
/// 3 KB, without dependencies, and with nothing that a strict Content Security Policy forbids.
struct Widget: Sendable {
  /// How long a browser may use it without asking, in seconds.
  private static let memory = 3600

  private let tag: String

  /// Reads its own text, of which the tag is the digest.
  /// - Throws: `SigningError`.
  init() throws {
    tag = "\"\(Hex.encode(Array(try SHA256.hash(Array(Self.text.utf8)).prefix(16))))\""
  }

  /// The widget, or that the browser has it already.
  func response(to request: Request) -> Response {
    var headers: HTTPFields = [
      .eTag: tag, .cacheControl: "public, max-age=\(Self.memory)",
      .xContentTypeOptions: "nosniff", .crossOriginResourcePolicy: "cross-origin",
    ]
    let known = request.headers[.ifNoneMatch] ?? ""
    // Weak comparison (RFC 9110, section 13.1.2): "W/" does not matter.
    guard known != "*", !known.contains(tag) else {
      return Response(status: .notModified, headers: headers)
    }
    headers[.contentType] = "text/javascript; charset=utf-8"
    return Response(
      status: .ok, headers: headers, body: .init(byteBuffer: .init(string: Self.text)))
  }

  /// The script.
  static let text = #"""
    // Laurel: keeps the code of an invitation (?ref=CODE) and puts it into the checkout.
    // <script defer src="https://LAUREL/widget.js" data-api="https://STORE/graphql/"
    //   data-checkout-key="checkoutId" data-days="30"></script>
    (() => {
      "use strict";
      const { api, checkoutKey, days } = document.currentScript?.dataset ?? {};
      const lifetime = (Number(days) > 0 ? Number(days) : 30) * 86400000;
      const codeKey = "laurel.code";
      const attachedKey = "laurel.attached";
      const mutation = `mutation LaurelCode($id: ID!, $input: [MetadataInput!]!) {
        updateMetadata(id: $id, input: $input) { errors { code message } }
      }`;

      // The browser's storage, or a cookie where there is none.
      const read = (key) => {
        try {
          const value = localStorage.getItem(key);
          if (value !== null) return value;
        } catch {}
        const pair = document.cookie.split("; ").find((one) => one.startsWith(key + "="));
        return pair ? decodeURIComponent(pair.slice(key.length + 1)) : "";
      };
      const write = (key, value) => {
        try {
          localStorage.setItem(key, value);
        } catch {
          const secure = location.protocol === "https:" ? "; secure" : "";
          document.cookie = `${key}=${encodeURIComponent(value)}; path=/; samesite=lax`
            + `; max-age=${lifetime / 1000}${secure}`;
        }
      };

      // The code that this browser was invited with; null when there is none, or its days are over.
      const code = () => {
        const [value, until] = read(codeKey).split(" ");
        return Number(until) > Date.now() ? value : null;
      };

      // Puts the code into a checkout's metadata; true once the store has it there.
      const attach = async (id, url = api) => {
        const value = code();
        if (!value || !id || !url) return false;
        const answer = await fetch(url, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({
            query: mutation,
            variables: { id, input: [{ key: "ref_code", value }] },
          }),
        });
        return (await answer.json()).data?.updateMetadata?.errors?.length === 0;
      };

      // Attaches by itself, once for each checkout and code; a refused one again after a minute.
      let tried = "";
      let again = 0;
      const watch = async () => {
        const id = read(checkoutKey).replaceAll('"', "");
        const mark = `${id} ${code()}`;
        const isDue = mark !== tried || Date.now() > again;
        if (id && code() && read(attachedKey) !== mark && isDue) {
          tried = mark;
          again = Date.now() + 60000;
          if (await attach(id).catch(() => false)) write(attachedKey, mark);
        }
        setTimeout(watch, 1000);
      };

      const ref = new URLSearchParams(location.search).get("ref") ?? "";
      if (/^[a-z0-9]{4,16}$/i.test(ref)) {
        write(codeKey, `${ref.toUpperCase()} ${Date.now() + lifetime}`);
      }
      window.laurel = { code, attach };
      if (checkoutKey) watch();
    })();

    """#
}
