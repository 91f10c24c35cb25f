// SPDX-License-Identifier: Apache-2.0

/// The mounts of this process's mount namespace (`/proc/self/mountinfo`).
public struct MountTable: Sendable, Hashable {
    public struct Mount: Sendable, Hashable {
        /// The mount's number in the namespace.
        public var id: Int
        /// `major:minor`.
        public var device: String
        /// Where it is mounted.
        public var path: String
        /// The file system's type.
        public var type: String

        /// Whether opens of its files can be held without a server, which may never answer, holding up the gate.
        ///
        /// To read a question the kernel opens the file for the reader. On a network file system or FUSE that asks the
        /// server, which may be the attacker's. Pseudo file systems have nothing to hold.
        public var isHoldable: Bool {
            !MountTable.pseudo.contains(type) && !MountTable.remote.contains(type) && !type.hasPrefix("fuse")
        }
    }

    public var mounts: [Mount]

    static let pseudo: Set<String> = [
        "autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs",
        "fusectl", "mqueue", "nsfs", "proc", "pstore", "resctrl", "rpc_pipefs", "securityfs", "selinuxfs", "sysfs",
        "tracefs",
    ]
    static let remote: Set<String> = [
        "9p", "afs", "ceph", "cifs", "coda", "gfs2", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "smb3",
        "smbfs",
        "virtiofs",
    ]

    /// Those of now.
    public init() throws(Errno) { self.init(parsing: try FileSystem.read("/proc/self/mountinfo")) }

    /// The text of a mountinfo file (proc_pid_mountinfo(5)); lines of another form are left out.
    public init(parsing text: [UInt8]) {
        mounts = text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let words = line.split(separator: UInt8(ascii: " "))
            // ID PARENT MAJOR:MINOR ROOT PATH OPTIONS [FIELD…] - TYPE SOURCE OPTIONS
            guard words.count >= 9, let id = Int(String(decoding: words[0], as: UTF8.self)),
                let end = words[6...].firstIndex(where: { $0.elementsEqual([UInt8(ascii: "-")]) }),
                end + 1 < words.count
            else { return nil }
            return Mount(
                id: id, device: String(decoding: words[2], as: UTF8.self), path: Self.unescaped(words[4]),
                type: String(decoding: words[end + 1], as: UTF8.self))
        }
    }

    /// Those worth holding, each file system once: the one that was mounted last at a path is what the path leads to.
    public var holdable: [Mount] {
        let visible = Dictionary(mounts.map { ($0.path, $0) }, uniquingKeysWith: { _, later in later })
        var devices: Set<String> = []
        return mounts.filter { $0.isHoldable && visible[$0.path] == $0 && devices.insert($0.device).inserted }
    }

    /// `\040` for a space, and so on: three octal digits.
    private static func unescaped(_ word: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        var rest = word
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
