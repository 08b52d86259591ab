package import Domain
import FoundationEssentials

/// How stores install Laurel by themselves.
package struct InstallationConfiguration: Sendable {
  /// Laurel's address as stores reach it, without a slash at its end; `nil` switches the installer
  /// off.
  package var publicURL: String?
  /// Which stores may install it.
  package var allowedStores: AllowedStores
  /// The keys of stored tokens, newest first; empty stands for one that is made and kept.
  package var secretKeys: [[UInt8]]
}

/// Reads who may install Laurel, and under which address.
struct InstallationReader {
  /// Whether what is unsafe stops the start.
  let isStrict: Bool

  /// The settings of the environment.
  func installation(_ reader: inout EnvironmentReader) -> InstallationConfiguration {
    let publicURL = publicURL(&reader)
    let keys = reader.keys("LAUREL_SECRET_KEY")
    if isStrict, publicURL != nil, keys.isEmpty,
      !reader.faults.contains(where: { $0.hasPrefix("LAUREL_SECRET_KEY") })
    {
      reader.fault(
        "LAUREL_SECRET_KEY is missing; with LAUREL_PUBLIC_URL it must be given in production")
    }
    return InstallationConfiguration(
      publicURL: publicURL, allowedStores: allowedStores(&reader, isOn: publicURL != nil),
      secretKeys: keys)
  }

  private func publicURL(_ reader: inout EnvironmentReader) -> String? {
    let name = "LAUREL_PUBLIC_URL"
    guard let text = reader.text(name) else { return nil }
    // What makes a store's address good makes this one good: absolute, without a query.
    guard let address = StoreAddress(text) else {
      reader.fault("\(name) must be an address such as https://laurel.example.com")
      return nil
    }
    if isStrict && address.scheme != "https" {
      reader.fault("\(name) must be https in production; stores send their tokens there")
    }
    return String(address.canonical.dropLast())
  }

  private func allowedStores(
    _ reader: inout EnvironmentReader, isOn: Bool
  ) -> AllowedStores {
    let name = "LAUREL_ALLOWED_STORES"
    let patterns = reader.list(name).map { (text: $0, pattern: AllowedStores.Pattern($0)) }
    for entry in patterns where entry.pattern == nil {
      reader.fault(
        "\(name): \(entry.text) is no host such as shop.example.com or *.saleor.cloud, and no "
          + "origin such as http://127.0.0.1:9000")
    }
    for entry in patterns where isStrict && entry.pattern?.isReadable == true {
      reader.fault(
        "\(name): \(entry.text) must be https in production; the token would be readable")
    }
    if isOn && patterns.isEmpty {
      reader.notice("\(name) is empty: no store can install Laurel")
    }
    return AllowedStores(patterns.compactMap(\.pattern))
  }
}
