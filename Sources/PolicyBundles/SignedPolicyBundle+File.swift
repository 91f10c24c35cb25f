// SPDX-License-Identifier: Apache-2.0

import APIValues
public import EndpointModel
public import VendorCertificates

extension SignedPolicyBundle {
    /// Bytes of a file that holds one.
    public static let maximumFileSize = 96 << 20
    /// What stands in the file's BEGIN and END lines.
    private static let label = "SALLYPORT POLICY BUNDLE"

    /// A text file: the API's message in PEM (RFC 7468).
    public var pem: String {
        get throws(VendorCertificateError) {
            do {
                return PEMText.text(Self.label, try fileContents)
            } catch {
                throw VendorCertificateError(.invalidContents, "the bundle can't be written: \(error)")
            }
        }
    }

    /// - Throws: `malformed`.
    public init(pem: String) throws(VendorCertificateError) {
        let bytes = try PEMText.first(in: pem, limit: Self.maximumFileSize, "policy bundle", label: Self.label)
        do {
            try self.init(fileContents: bytes)
        } catch {
            throw VendorCertificateError(.malformed, "the policy bundle can't be read: make it anew by policy sign")
        }
    }
}
