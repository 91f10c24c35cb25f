// SPDX-License-Identifier: Apache-2.0

/// The process at the other end of a connection, as the kernel recorded it when it connected (SO_PEERCRED).
public struct Peer: Hashable, Sendable {
    public var pid: Int32
    public var uid: UInt32
    public var gid: UInt32

    public init(pid: Int32, uid: UInt32, gid: UInt32) {
        self.pid = pid
        self.uid = uid
        self.gid = gid
    }
}

/// Who may use the API.
public struct PeerPolicy: Sendable {
    public var admits: @Sendable (Peer) -> Bool

    /// - Parameter admits: Asked for every call, and when a connection is made.
    public init(admits: @escaping @Sendable (Peer) -> Bool) {
        self.admits = admits
    }

    /// The superuser only: whoever may change what root is denied must be root.
    public static let rootOnly = PeerPolicy { $0.uid == 0 }
}
