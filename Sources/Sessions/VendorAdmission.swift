// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// Decides which vendors' agents may use the API. The transport has made sure before that the peer holds the key of the
/// certificate that it shows (TLS 1.3, CertificateVerify).
public protocol VendorAdmission: Sendable {
    /// Whether the peer may use the API.
    ///
    /// - Parameter chain: the certificates that it shows in DER, its own first; empty when it shows none.
    /// - Throws: `PlatformError` with the refusal's stable word as its code.
    func admit(_ chain: [[UInt8]], peer: Peer) async throws(PlatformError) -> AdmittedPeer
}

/// A peer that was let in.
public struct AdmittedPeer: Sendable {
    public var vendor: VendorIdentity
    /// Why it may not stay any longer; `nil` as long as it may. Asked at every call.
    public var refusal: @Sendable () -> PlatformError?

    public init(vendor: VendorIdentity, refusal: @escaping @Sendable () -> PlatformError?) {
        self.vendor = vendor
        self.refusal = refusal
    }
}

/// How the platform shows who it is to vendors' agents.
public struct ServerCredentials: Sendable {
    /// PEM, its own certificate first.
    public var certificateChain: String
    /// PEM.
    public var privateKey: String
    /// PEM: what vendors' certificates are issued by. Told to clients in the handshake only; who is let in is decided by
    /// `VendorAdmission`.
    public var authority: String

    public init(certificateChain: String, privateKey: String, authority: String) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
        self.authority = authority
    }
}
