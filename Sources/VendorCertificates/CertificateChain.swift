// SPDX-License-Identifier: Apache-2.0

internal import X509

/// A vendor's certificate whose chain of signatures leads to the site's authority, verified at one time.
///
/// Nothing here says that the peer has the key: TLS does.
public struct CertificateChain: Hashable, Sendable {
    /// Certificates that a peer may present, its own included.
    public static let maximumCount = 4

    public let leaf: SignedCertificate
    /// The leaf's common name, a valid vendor's name.
    public let name: String
    /// The serial number of that certificate of the chain which the authority itself signed: the leaf's, or that of the
    /// uppermost issuer. Only this one can be in the authority's revocation list.
    public let signedSerial: String
    /// The last second at which all of the chain is valid, the authority's certificate included.
    public let notAfter: Int64

    /// Verifies a chain as the peer presented it, its own certificate first, at `now` (seconds since 1970).
    ///
    /// What is no chain to `authority` is refused as that, whatever else is wrong with it.
    public static func verify(
        _ chain: [[UInt8]], authority: SignedCertificate, now: Int64
    ) async -> Result<CertificateChain, Refusal> {
        guard !chain.isEmpty else { return .failure(Refusal(.certificateMissing)) }
        guard chain.count <= maximumCount else {
            return .failure(Refusal(.certificateMalformed, "more than \(maximumCount) certificates"))
        }
        var presented: [SignedCertificate] = []
        for der in chain {
            do throws(VendorCertificateError) {
                presented.append(try SignedCertificate(der: der))
            } catch {
                return .failure(Refusal(.certificateMalformed))
            }
        }
        // Of issuers with the same key one may have expired: those that are valid come first.
        let leaf = presented[0]
        let issuers = presented.dropFirst()
        let valid = issuers.filter { $0.validity.contains(now) }
        var path = await validate(leaf, issuers: valid.map(\.certificate), authority)
        if path == nil, valid.count < issuers.count {
            path = await validate(leaf, issuers: issuers.map(\.certificate), authority)
        }
        guard let path else { return .failure(Refusal(.certificateUntrusted)) }
        return check(leaf, path, now)
    }

    private static func validate(
        _ leaf: SignedCertificate, issuers: [Certificate], _ authority: SignedCertificate
    ) async -> [Certificate]? {
        var verifier = Verifier(rootCertificates: CertificateStore([authority.certificate])) { VendorChainPolicy() }
        let result = await verifier.validate(leaf: leaf.certificate, intermediates: CertificateStore(issuers))
        guard case .validCertificate(let path) = result else { return nil }
        return Array(path)
    }

    /// What is left once the signatures are verified: the time, and whose certificate it is.
    private static func check(
        _ leaf: SignedCertificate, _ path: [Certificate], _ now: Int64
    ) -> Result<CertificateChain, Refusal> {
        let validities = path.map(\.validity)
        for (index, validity) in validities.enumerated() where !validity.contains(now) {
            let whose = index == 0 ? "" : index == path.count - 1 ? "the authority's" : "an issuer's"
            return .failure(
                Refusal(now < validity.notBefore ? .certificateNotYetValid : .certificateExpired, whose))
        }
        guard let name = leaf.commonName, VendorName.isValid(name) else { return .failure(Refusal(.vendorUnknown)) }
        return .success(
            CertificateChain(
                leaf: leaf, name: name, signedSerial: path[path.count - 2].serialNumber.text,
                notAfter: validities.map(\.notAfter).min() ?? 0))
    }
}
