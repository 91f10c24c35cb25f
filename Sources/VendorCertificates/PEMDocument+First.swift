// SPDX-License-Identifier: Apache-2.0

internal import SwiftASN1

extension PEMDocument {
    /// The first block of a text whose label is wanted; files often hold others before it.
    ///
    /// - Parameter what: names it in errors.
    static func first(
        in text: String, limit: Int, _ what: String, where isWanted: (String) -> Bool
    ) throws(VendorCertificateError) -> PEMDocument {
        guard text.utf8.count <= limit else {
            throw VendorCertificateError(.malformed, "the \(what) is larger than \(limit) bytes: give another file")
        }
        let documents: [PEMDocument]
        do {
            documents = try parseMultiple(pemString: text)
        } catch {
            throw VendorCertificateError(
                .malformed, "the \(what) isn't PEM: give a file with whole BEGIN and END lines")
        }
        guard let document = documents.first(where: { isWanted($0.discriminator) }) else {
            throw VendorCertificateError(.malformed, "the file contains no \(what) in PEM: give another file")
        }
        return document
    }

    /// With the newline that files end with.
    static func text(_ type: String, _ der: [UInt8]) -> String {
        PEMDocument(type: type, derBytes: der).pemString + "\n"
    }
}
