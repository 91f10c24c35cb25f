// SPDX-License-Identifier: Apache-2.0

internal import SwiftASN1

/// Bytes as text between BEGIN and END lines (RFC 7468), for what is signed beside certificates.
public enum PEMText {
    /// With the newline that files end with.
    public static func text(_ label: String, _ bytes: [UInt8]) -> String { PEMDocument.text(label, bytes) }

    /// The first block with that label.
    ///
    /// - Parameter what: names it in errors.
    public static func first(
        in text: String, limit: Int, _ what: String, label: String
    ) throws(VendorCertificateError) -> [UInt8] {
        try PEMDocument.first(in: text, limit: limit, what) { $0 == label }.derBytes
    }
}
