import Domain

extension EnvironmentReader {
  /// `LAUREL_ROLLOUT`: to how many of the referrers rewards are issued by themselves.
  mutating func rollout() -> Rollout {
    let name = "LAUREL_ROLLOUT"
    guard let text = text(name) else { return .all }
    guard let rollout = Rollout(text) else {
      fault("\(name) must be off, manual, all, or a percentage from 0 to 100, such as 25%")
      return .all
    }
    return rollout
  }
}
