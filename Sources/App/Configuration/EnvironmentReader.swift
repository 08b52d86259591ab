import Domain
import FoundationEssentials

/// Reads the environment, and what a file sets in its place, and collects every fault instead of
/// stopping at the first.
struct EnvironmentReader {
  private let values: [String: String]
  private let fileSettings: [String: FileSetting]
  private let file: String
  /// What is wrong in the environment.
  private(set) var faults: [String] = []
  /// What is wrong in the file.
  private(set) var fileFaults: [ConfigFileFault] = []
  private(set) var notices: [String] = []

  /// A reader of the variables `values`; those that `settings` has too, by the same names, are
  /// taken from there, which is a part of `file`.
  init(_ values: [String: String], settings: [String: FileSetting] = [:], file: String = "") {
    self.values = values
    fileSettings = settings
    self.file = file
  }

  /// Notes a fault.
  mutating func fault(_ sentence: String) {
    faults.append(sentence)
  }

  /// Notes a fault of the value of `name`, wherever it is set; with `index` of one entry of a list.
  mutating func fault(of name: String, at index: Int? = nil, _ sentence: String) {
    if let setting = fileSettings[name] {
      var place = setting.place
      if let index, case .list(let items) = setting.content { place = items[index].place }
      fileFaults.append(ConfigFileFault("\(setting.path) \(sentence)", at: place, of: file))
    } else if !faults.contains("\(name) \(sentence)") {
      faults.append("\(name) \(sentence)")
    }
  }

  /// Notes what keeps nothing from starting, but should be known.
  mutating func notice(_ sentence: String) {
    notices.append(sentence)
  }

  /// The value of `name`; one that is empty or only space counts as absent.
  func text(_ name: String) -> String? {
    if let setting = fileSettings[name] {
      guard case .text(let text) = setting.content else { return nil }
      return text.trimmingSpace()
    }
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

  /// Whether `name` is set.
  func isSet(_ name: String) -> Bool { fileSettings[name] != nil || text(name) != nil }

  /// The values of `name`, which commas separate in the environment; none when it is absent.
  func list(_ name: String) -> [String] {
    if case .list(let items) = fileSettings[name]?.content {
      return items.map { $0.text.trimmingSpace() }
    }
    return (text(name) ?? "").split(separator: ",").map { String($0).trimmingSpace() }
      .filter { !$0.isEmpty }
  }

  /// A yes or no, or `standard` when the variable is absent.
  mutating func flag(_ name: String, standard: Bool) -> Bool {
    switch text(name)?.lowercased() {
    case nil: return standard
    case "true", "yes", "1": return true
    case "false", "no", "0": return false
    default:
      fault(of: name, "must be true or false")
      return standard
    }
  }

  /// A number within bounds, or `standard` when the variable is absent.
  mutating func number(_ name: String, in range: ClosedRange<Int>, standard: Int) -> Int {
    guard let text = text(name) else { return standard }
    guard let number = Int(text), range.contains(number) else {
      fault(
        of: name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
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
      fault(of: name, "must be one of: \(all)")
      return standard
    }
    return value
  }
}
