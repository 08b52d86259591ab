import Domain
import FoundationEssentials

/// Reads the environment and collects every fault instead of stopping at the first.
struct EnvironmentReader {
  private let values: [String: String]
  private(set) var faults: [String] = []
  private(set) var notices: [String] = []

  init(_ values: [String: String]) {
    self.values = values
  }

  /// Notes a fault.
  mutating func fault(_ sentence: String) {
    faults.append(sentence)
  }

  /// Notes what keeps nothing from starting, but should be known.
  mutating func notice(_ sentence: String) {
    notices.append(sentence)
  }

  /// The value of `name`; one that is empty or only space counts as absent.
  func text(_ name: String) -> String? {
    guard let value = values[name]?.trimmingSpace(), !value.isEmpty else { return nil }
    return value
  }

  /// A secret: the value of `name`, or the content of the file that `name_FILE` points to.
  mutating func secret(_ name: String) -> String? {
    let fileVariable = "\(name)_FILE"
    guard let path = text(fileVariable) else { return text(name) }
    if text(name) != nil {
      fault("\(name) and \(fileVariable) are both set; keep one of them")
      return nil
    }
    guard let content = FileManager.default.contents(atPath: path) else {
      fault("\(fileVariable): the file \(path) cannot be read")
      return nil
    }
    let secret = String(decoding: content, as: UTF8.self).trimmingSpace()
    if secret.isEmpty {
      fault("\(fileVariable): the file \(path) is empty")
      return nil
    }
    return secret
  }

  /// The keys that the secret `name` lists, 32 bytes each, newest first; none when it is absent.
  mutating func keys(_ name: String) -> [[UInt8]] {
    guard let text = secret(name) else { return [] }
    let keys = text.split(separator: ",").map { part in
      Data(base64Encoded: String(part).trimmingSpace()).map(Array.init)
    }
    if keys.isEmpty || keys.contains(where: { $0?.count != 32 }) {
      fault("\(name) must be base64 of 32 bytes; several with commas, newest first")
    }
    return keys.compactMap(\.self)
  }

  /// The values of `name`, which commas separate; none when it is absent.
  func list(_ name: String) -> [String] {
    (text(name) ?? "").split(separator: ",").map { String($0).trimmingSpace() }
      .filter { !$0.isEmpty }
  }

  /// A yes or no, or `standard` when the variable is absent.
  mutating func flag(_ name: String, standard: Bool) -> Bool {
    switch text(name)?.lowercased() {
    case nil: return standard
    case "true", "yes", "1": return true
    case "false", "no", "0": return false
    default:
      fault("\(name) must be true or false")
      return standard
    }
  }

  /// A number within bounds, or `standard` when the variable is absent.
  mutating func number(_ name: String, in range: ClosedRange<Int>, standard: Int) -> Int {
    guard let text = text(name) else { return standard }
    guard let number = Int(text), range.contains(number) else {
      fault("\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
      return standard
    }
    return number
  }

  /// One of the cases of `Value`, or `standard` when the variable is absent.
  mutating func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ name: String, standard: Value
  ) -> Value {
    guard let text = text(name) else { return standard }
    guard let value = Value(rawValue: text) else {
      let all = Value.allCases.map(\.rawValue).joined(separator: ", ")
      fault("\(name) must be one of: \(all)")
      return standard
    }
    return value
  }
}
