// SPDX-License-Identifier: Apache-2.0

public import VendorCertificates

/// The key and certificate by which the platform shows itself to clients.
public struct ServerIdentity: Sendable {
    public let certificate: SignedCertificate
    public let key: SigningKey
    /// What clients and vendors' certificates are verified against.
    public let authority: SignedCertificate
}
