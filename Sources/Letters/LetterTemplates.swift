import FoundationEssentials

/// Every letter, as a shop has it.
package struct LetterTemplates: Sendable {
  /// The letters of which the folder has no file, so that they are the shipped ones.
  package let shipped: [LetterName]

  private let reward: LetterTemplate
  private let friend: LetterTemplate
  private let milestone: LetterTemplate
  private let reminder: LetterTemplate

  /// Reads the letters of a folder. The letter `reward` has to be there; of any other the folder has
  /// every file, or none: then it is the one that the program was shipped with.
  /// - Throws: `LetterError` with `templates`, naming every file that is missing or wrong.
  package init(folder: String) throws(LetterError) {
    let shipped = LetterName.allCases.filter { $0 != .reward && !Self.has($0, folder) }
    self.shipped = shipped
    var faults: [String] = []
    var read: [LetterName: LetterTemplate] = [:]
    for name in LetterName.allCases {
      do throws(LetterError) {
        read[name] =
          shipped.contains(name)
          ? try LetterTemplate(shipped: name) : try LetterTemplate(name, folder: folder)
      } catch {
        faults.append(error.message)
      }
    }
    guard let reward = read[.reward], let friend = read[.friend],
      let milestone = read[.milestone], let reminder = read[.reminder]
    else { throw LetterError(.templates, faults.joined(separator: "\n")) }
    self.reward = reward
    self.friend = friend
    self.milestone = milestone
    self.reminder = reminder
  }

  /// The letter of this name.
  package subscript(_ name: LetterName) -> LetterTemplate {
    switch name {
    case .reward: reward
    case .friend: friend
    case .milestone: milestone
    case .reminder: reminder
    }
  }

  /// Whether the folder has any file of a letter.
  private static func has(_ name: LetterName, _ folder: String) -> Bool {
    LetterTemplate.fileNames(of: name)
      .contains { FileManager.default.fileExists(atPath: "\(folder)/\($0)") }
  }
}
