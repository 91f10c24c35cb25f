// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
import GRPCCore

/// Who makes a call: the process at the other end, as the kernel recorded it, and what it may do.
public struct Caller: Hashable, Sendable {
    public var peer: Peer
    public var identity: CallerIdentity

    public init(peer: Peer, identity: CallerIdentity) {
        self.peer = peer
        self.identity = identity
    }

    /// The caller whose call is being decided; set while a service's method runs and while its stream is written.
    @TaskLocal static var current: Caller?

    /// The caller. - Throws: `peer-unknown` outside of a call, which refuses rather than lets anybody in.
    static func required() throws(RPCError) -> Caller {
        guard let current else {
            throw RPCError(.unauthenticated, .peerUnknown, "nobody is known to make this call; connect again")
        }
        return current
    }

    /// - Throws: `site-only` for everybody but the machine's operator.
    static func requireSite() throws(RPCError) {
        guard case .site = try required().identity else {
            throw RPCError(
                .permissionDenied, .siteOnly,
                "only the machine's operator may do this; make the call as root over the operator's socket")
        }
    }

    /// - Throws: `not-entitled` for who may be told of nothing.
    static func requireAnyNotification() throws(RPCError) {
        try require("notify") { !$0.notify.isEmpty || !$0.ask.isEmpty }
    }

    /// - Throws: `not-entitled` unless `has` says so of the caller's entitlements.
    static func require(_ word: String, _ has: (Entitlements) -> Bool) throws(RPCError) {
        let caller = try required()
        guard has(caller.identity.entitlements) else { throw .notEntitled(caller.identity, [word]) }
    }
}

extension RPCError {
    static func notEntitled(_ identity: CallerIdentity, _ words: [String]) -> RPCError {
        RPCError(
            .permissionDenied, .notEntitled,
            "vendor '\(identity.name)' isn't entitled to \(words.joined(separator: ", ")); ask the site to enrol it with"
                + " that entitlement")
    }
}
