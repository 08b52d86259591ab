import Glibc
import Subprocess

/// The user that PostgreSQL's programs run as. They refuse root.
struct ClusterUser: Sendable, Equatable {
  /// The user's number; 0 only for `current` of a process that runs as root.
  let userID: uid_t
  /// The number of the user's own group.
  let groupID: gid_t

  /// The user that this process runs as.
  static var current: ClusterUser { ClusterUser(userID: geteuid(), groupID: getegid()) }

  /// The user that the system knows as `name`.
  ///
  /// - Throws: `PrivateClusterError.Code.userMissing` when there is none.
  static func named(_ name: String) throws(PrivateClusterError) -> ClusterUser {
    var entry = unsafe passwd()
    var found: UnsafeMutablePointer<passwd>?
    // Long enough for any line of /etc/passwd; a directory service's longer one is refused below.
    var buffer = [CChar](repeating: 0, count: 64 * 1024)
    let status = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return ENOMEM }
      return unsafe getpwnam_r(name, &entry, start, buffer.count, &found)
    }
    guard status == 0, unsafe found != nil, unsafe entry.pw_uid != 0 else {
      throw PrivateClusterError(
        .userMissing,
        "PostgreSQL does not run as root, and there is no unprivileged user '\(name)'; install "
          + "the package postgresql, start Laurel as an ordinary user, or set DATABASE_URL")
    }
    return unsafe ClusterUser(userID: entry.pw_uid, groupID: entry.pw_gid)
  }

  /// How a program is started as this user.
  var platformOptions: PlatformOptions {
    var options = PlatformOptions()
    // A session of its own: Ctrl-C on the terminal is for Laurel, which then stops PostgreSQL
    // itself, in its own time.
    options.createSession = true
    options.teardownSequence = [
      .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(2))
    ]
    return options
  }

  /// The command line that runs `command` as this user.
  ///
  /// The change is left to setpriv, which every Debian has: a process with several threads that
  /// forks and then changes its groups can wait for ever for a thread that the copy has not.
  func commandLine(_ command: [String]) -> [String] {
    guard userID != geteuid() else { return command }
    return [
      "setpriv", "--reuid", "\(userID)", "--regid", "\(groupID)", "--clear-groups", "--",
    ] + command
  }
}
