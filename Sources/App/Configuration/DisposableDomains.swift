import Domain
import FoundationEssentials
import Rules

/// The domains of throw-away mail services, from a file that a shopkeeper may edit.
struct DisposableDomains: Sendable {
  /// The file's name in the folder of the configuration.
  static let fileName = "disposable-domains.txt"

  /// Where the file is; `nil` when there is no folder of the configuration.
  let path: String?
  /// Whether the file could be read.
  let isRead: Bool
  /// The domains, in lower case.
  let domains: Set<String>
  /// The numbers of the lines that hold something else, from 1.
  let badLines: [Int]

  /// Reads the file in `folder`.
  init(in folder: ConfigFolder?) {
    path = folder.map { "\($0.path)/\(Self.fileName)" }
    let content = path.flatMap { try? ConfigFile.bytes(at: $0) }
    isRead = content != nil
    (domains, badLines) = Self.parse(String(decoding: content ?? [], as: UTF8.self))
  }

  /// A list that is known already; `nil` stands for one that is not there.
  init(_ domains: Set<String>?) {
    path = nil
    isRead = domains != nil
    self.domains = domains ?? []
    badLines = []
  }

  /// Reads the file's text: a domain on each line, in any case; what follows a `#` is a remark.
  /// - Returns: the domains, and the numbers of the lines that hold something else, from 1.
  static func parse(_ text: String) -> (domains: Set<String>, badLines: [Int]) {
    var domains: Set<String> = []
    var badLines: [Int] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let domain = String(line.prefix { $0 != "#" }).trimmingSpace().lowercased()
      guard !domain.isEmpty else { continue }
      if domain.contains("."), let form = TextKind.domain.form(ofEntry: domain) {
        domains.insert(form)
      } else {
        badLines.append(index + 1)
      }
    }
    return (domains, badLines)
  }
}
