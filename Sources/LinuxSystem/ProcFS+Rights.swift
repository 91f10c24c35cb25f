// SPDX-License-Identifier: Apache-2.0

/// Whose a thread is, and where it is accounted.
extension ProcFS {
    /// What a thread may do by its credentials, in the initial user namespace's numbers.
    public struct Rights: Sendable, Hashable {
        /// The effective user.
        public var user: UInt32
        /// The effective group and the supplementary ones.
        public var groups: [UInt32]
        /// Effective capabilities, one bit each by number.
        public var capabilities: UInt64
    }

    /// A thread's; `nil` when it is gone.
    public static func rights(ofThread thread: Int32) -> Rights? {
        (try? FileSystem.readText("/proc/\(thread)/status")).flatMap(Rights.init(parsing:))
    }

    /// The path of a thread's cgroup (version 2) below the root of cgroups; `nil` where it can't be told.
    public static func cgroup(ofThread thread: Int32) -> [UInt8]? {
        guard let bytes = try? FileSystem.read("/proc/\(thread)/cgroup") else { return nil }
        let prefix = Array("0::".utf8)
        return bytes.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: prefix) }.map {
            Array($0.dropFirst(prefix.count))
        }
    }
}

extension ProcFS.Rights {
    /// The text of a status file (proc_pid_status(5)).
    init?(parsing text: String) {
        func words(_ name: String) -> [Substring]? {
            text.split(separator: "\n").first { $0.hasPrefix(name + ":") }?.dropFirst(name.utf8.count + 1)
                .split { $0 == "\t" || $0 == " " }
        }
        // Real, effective, saved, of the file system.
        guard let users = words("Uid"), users.count == 4, let user = UInt32(users[1]),
            let group = words("Gid"), group.count == 4, let first = UInt32(group[1]),
            let capabilities = words("CapEff")?.first.flatMap({ UInt64($0, radix: 16) })
        else { return nil }
        self.init(
            user: user, groups: [first] + (words("Groups") ?? []).compactMap { UInt32($0) },
            capabilities: capabilities)
    }
}
