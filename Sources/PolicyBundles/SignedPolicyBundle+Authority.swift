// SPDX-License-Identifier: Apache-2.0

import APIValues
public import EndpointModel
public import VendorCertificates

extension SignedPolicyBundle {
    /// Signs a site's policies.
    ///
    /// - Throws: `invalidContents` where a bundle can't hold them.
    public init(_ bundle: PolicyBundle, key: SigningKey) throws(VendorCertificateError) {
        try bundle.check()
        let contents: [UInt8]
        do {
            contents = try bundle.contents
        } catch {
            throw VendorCertificateError(.invalidContents, "the policies can't be written: \(error)")
        }
        self.init(contents: contents, signature: try key.sign(contents, for: .policyBundle))
    }

    /// What was signed, once it is clear that the authority did it.
    ///
    /// - Throws: `badSignature` for another authority's or a changed one, `malformed` for what holds no policies.
    public func opened(by authority: SignedCertificate) throws(VendorCertificateError) -> PolicyBundle {
        // Nothing of it is read before.
        guard try authority.signed(contents, for: .policyBundle, signature) else {
            throw VendorCertificateError(
                .badSignature,
                "the bundle isn't signed by this site's authority, or was changed since: sign it with the key"
                    + " of the certificate that sallyportd's --policy-authority names, or else of the vendors' authority"
            )
        }
        let bundle: PolicyBundle
        do {
            bundle = try PolicyBundle(contents: contents)
        } catch {
            throw VendorCertificateError(
                .malformed, "the bundle holds something that this version doesn't take for a policy: \(error)")
        }
        try bundle.check()
        return bundle
    }
}

extension PolicyBundle {
    fileprivate func check() throws(VendorCertificateError) {
        guard version > 0 else {
            throw VendorCertificateError(.invalidContents, "a bundle's version is 1 or greater, not 0")
        }
        if let policy = policies.first(where: { $0.vendor != "site" }) {
            throw VendorCertificateError(
                .invalidContents,
                "policy '\(policy.name)' is of vendor '\(policy.vendor)': a bundle holds the site's policies only")
        }
        guard Set(policies.map(\.name)).count == policies.count else {
            throw VendorCertificateError(
                .invalidContents, "two policies of the bundle have the same name: rename one")
        }
    }
}
