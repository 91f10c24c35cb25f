// SPDX-License-Identifier: Apache-2.0

internal import SwiftASN1
@_spi(DisableValidityCheck) internal import X509

/// What a chain has to be for a vendor's agent, its validity in time apart: RFC 5280's rules, and those that the library
/// leaves to others.
///
/// The library lets version 1 certificates sign anything, and looks neither at key usage nor at extended key usage nor
/// at how weak a signature is.
struct VendorChainPolicy: VerifierPolicy {
    let verifyingCriticalExtensions: [ASN1ObjectIdentifier]
    private let rfc5280 = RFC5280Policy.withValidityCheckDisabled()

    init() {
        verifyingCriticalExtensions =
            rfc5280.verifyingCriticalExtensions + [
                .X509ExtensionID.extendedKeyUsage, ExtensionIdentifiers.entitlements, ExtensionIdentifiers.executables,
            ]
    }

    func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) -> PolicyEvaluationResult {
        // The authority's own certificate is no vendor's: something must be below it.
        guard chain.count >= 2 else { return .failsToMeetPolicy(reason: "the certificate is the authority's own") }
        if case .failsToMeetPolicy(let reason) = rfc5280.chainMeetsPolicyRequirements(chain: chain) {
            return .failsToMeetPolicy(reason: reason)
        }
        guard isAgent(chain.leaf) else {
            return .failsToMeetPolicy(reason: "the certificate isn't for a vendor's agent")
        }
        for issuer in chain.dropFirst() where !issuer.isAuthority {
            return .failsToMeetPolicy(reason: "an issuer isn't an authority")
        }
        for issuer in chain.dropFirst().dropLast() where !permitsClients(issuer) {
            return .failsToMeetPolicy(reason: "an issuer may not issue for clients")
        }
        // The last one is trusted for what it is, not for who signed it.
        for certificate in chain.dropLast() where !Self.signatures.contains(certificate.signatureAlgorithm) {
            return .failsToMeetPolicy(reason: "a signature is of a kind that isn't accepted")
        }
        return .meetsPolicy
    }

    private static let signatures: Set<Certificate.SignatureAlgorithm> = [
        .ecdsaWithSHA256, .ecdsaWithSHA384, .ecdsaWithSHA512, .sha256WithRSAEncryption, .sha384WithRSAEncryption,
        .sha512WithRSAEncryption, .ed25519,
    ]

    private func isAgent(_ leaf: Certificate) -> Bool {
        guard leaf.version == .v3, leaf.publicKey.algorithm != nil else { return false }
        do {
            if case .isCertificateAuthority? = try leaf.extensions.basicConstraints { return false }
            if let usage = try leaf.extensions.keyUsage, !usage.digitalSignature { return false }
            return try leaf.extensions.extendedKeyUsage?.contains(.clientAuth) == true
        } catch {
            return false
        }
    }

    /// An authority without extended key usage may issue for everything, one with it for what it names.
    private func permitsClients(_ issuer: Certificate) -> Bool {
        do {
            guard let usage = try issuer.extensions.extendedKeyUsage else { return true }
            return usage.contains(.clientAuth) || usage.contains(.any)
        } catch {
            return false
        }
    }
}
