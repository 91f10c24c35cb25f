// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
internal import VendorCertificates

/// A vendor's agent that may connect, as decided at one time.
public struct AdmittedVendor: Hashable, Sendable {
    public let name: String
    /// What the certificate carries and the site grants.
    public let entitlements: Entitlements
    /// The certificate's serial number.
    public let serial: String
    /// The last second since 1970 at which the chain is valid.
    public let notAfter: Int64
    /// SHA-256 of the certificate's public key.
    public let keyFingerprint: Digest
    /// The program's digest, where a list asked for it.
    public let executable: Digest?
    /// What it was decided by.
    let claim: Claim

    init(_ claim: Claim, entitlements: Entitlements, executable: Digest?) {
        name = claim.name
        self.entitlements = entitlements
        serial = claim.serial
        notAfter = claim.notAfter
        keyFingerprint = claim.keyFingerprint
        self.executable = executable
        self.claim = claim
    }

    /// One that nobody decided on, for tests of what is done with it.
    package init(
        name: String, entitlements: Entitlements, serial: String, notAfter: Int64, keyFingerprint: Digest
    ) {
        let claim = Claim(
            name: name, entitlements: entitlements, executables: [], serial: serial, signedSerial: serial,
            notAfter: notAfter, keyFingerprint: keyFingerprint)
        self.init(claim, entitlements: entitlements, executable: nil)
    }
}

/// What a verified chain says of the agent that has its key.
struct Claim: Hashable, Sendable {
    var name: String
    var entitlements: Entitlements
    /// Digests of the programs that may use the certificate; empty when any may.
    var executables: [Digest]
    var serial: String
    /// The serial number that the authority's list can have.
    var signedSerial: String
    var notAfter: Int64
    var keyFingerprint: Digest
}

extension Claim {
    init(_ chain: CertificateChain) {
        self.init(
            name: chain.name, entitlements: chain.leaf.entitlements, executables: chain.leaf.executables,
            serial: chain.leaf.serial, signedSerial: chain.signedSerial, notAfter: chain.notAfter,
            keyFingerprint: chain.leaf.keyFingerprint)
    }
}
