/// The function that sends a statement or opens a transaction. It names the commit that follows, so
/// that every commit of the program has a name without a list to keep.
package struct CallSite: Sendable {
  private let file: StaticString
  private let function: StaticString

  /// The place of `#fileID` and `#function`.
  package init(file: StaticString, function: StaticString) {
    self.file = file
    self.function = function
  }

  /// File and function without module and arguments, such as `RewardRepository.claimDue`.
  package var name: String {
    let file = file.description.split(separator: "/").last.map(String.init) ?? ""
    return "\(file.prefix { $0 != "." }).\(function.description.prefix { $0 != "(" })"
  }
}

/// Is told of every commit by the name `commit.`, the call site's name, and `.before` or `.after`:
/// right before the commit is sent, and once the server has confirmed it.
package typealias CommitHook = @Sendable (_ point: String) -> Void
