/// Reads at which failpoint the program ends itself; a shop's program never does.
enum FailpointReader {
  /// The failpoint of `FAILPOINT`, if one is set.
  static func failpoint(
    _ reader: inout EnvironmentReader, in environment: Configuration.Environment
  ) -> Failpoint? {
    guard let text = reader.text("FAILPOINT") else { return nil }
    if environment == .production {
      reader.fault("FAILPOINT is set; it kills the program and must not be set in production")
      return nil
    }
    guard let failpoint = Failpoint(text) else {
      reader.fault("FAILPOINT must be name:nth with a name that `laurel failpoints` lists")
      return nil
    }
    return failpoint
  }
}
