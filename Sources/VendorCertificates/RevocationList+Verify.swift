// SPDX-License-Identifier: Apache-2.0

internal import X509

extension RevocationList.Parts {
    /// Verifies that the list is the authority's.
    func verify(_ authority: Certificate) throws(VendorCertificateError) {
        guard issuer == authority.subject else {
            throw VendorCertificateError(.badSignature, "the revocation list is another authority's: give this site's")
        }
        if authority.extensions[oid: .X509ExtensionID.keyUsage] != nil {
            guard (try? authority.extensions.keyUsage)?.cRLSign == true else {
                throw VendorCertificateError(
                    .unsuitable, "the authority may not sign revocation lists: give it a certificate with cRLSign")
            }
        }
        guard authority.publicKey.isValidSignature(signature, for: signed, signatureAlgorithm: algorithm.algorithm)
        else {
            throw VendorCertificateError(
                .badSignature, "the revocation list isn't signed by this site's authority: give the one that is")
        }
    }
}
