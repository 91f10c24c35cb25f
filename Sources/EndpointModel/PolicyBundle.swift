// SPDX-License-Identifier: Apache-2.0

/// All of a site's policies, with a version that only grows.
public struct PolicyBundle: Hashable, Sendable {
    /// Greater than that of every bundle that was in force before; from 1.
    public var version: UInt64
    /// None of a vendor's.
    public var policies: [Policy]

    public init(version: UInt64, policies: [Policy]) {
        self.version = version
        self.policies = policies
    }
}

/// A bundle as it was signed; nothing says yet that the signature is good.
public struct SignedPolicyBundle: Hashable, Sendable {
    /// The API's message `PolicyBundle`.
    public var contents: [UInt8]
    /// By the key of the site's authority.
    public var signature: [UInt8]

    public init(contents: [UInt8], signature: [UInt8]) {
        self.contents = contents
        self.signature = signature
    }
}
