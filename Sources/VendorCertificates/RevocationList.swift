// SPDX-License-Identifier: Apache-2.0

internal import SwiftASN1
internal import X509

/// A list of revoked certificates (X.509 v2 CRL, RFC 5280 section 5), whose signature was verified.
///
/// It is the whole list of its authority: partial, indirect and delta lists are refused.
public struct RevocationList: Hashable, Sendable {
    /// Bytes of one in DER: some 25,000 certificates.
    public static let maximumSize = 1 << 20
    /// Bytes of a file with one, in DER or PEM.
    public static let maximumFileSize = 3 << 19

    public let der: [UInt8]
    /// Serial number, as ``SignedCertificate/serial`` has it, and since when it is revoked (seconds since 1970).
    public let revoked: [String: Int64]
    /// The list's own number (cRLNumber), if it has one.
    public let number: UInt64?
    /// When it was made (seconds since 1970).
    public let thisUpdate: Int64
    /// By when there is to be a newer one.
    public let nextUpdate: Int64?

    /// Reads one in DER or PEM (`X509 CRL`) and verifies that `authority` signed it.
    public init(_ bytes: [UInt8], authority: SignedCertificate) throws(VendorCertificateError) {
        der = try Self.derBytes(bytes)
        let parts: Parts
        do {
            parts = try Parts(der: der)
        } catch {
            throw error as? VendorCertificateError
                ?? VendorCertificateError(
                    .malformed, "the revocation list can't be read: give an X.509 list in DER or PEM")
        }
        try parts.verify(authority.certificate)
        revoked = parts.revoked
        number = parts.number
        thisUpdate = parts.thisUpdate
        nextUpdate = parts.nextUpdate
    }

    /// Makes and signs one, which is good until the authority's certificate ends.
    public init(
        revoked: [String: Int64], number: UInt64, authority: CertificateAuthority, now: Int64
    ) throws(VendorCertificateError) {
        let der: [UInt8]
        do {
            der = try Self.encode(revoked: revoked, number: number, authority: authority, now: now)
        } catch {
            throw VendorCertificateError.contents(error, "the revocation list can't be made")
        }
        // Read back, so that none is written which couldn't be.
        try self.init(der, authority: authority.certificate)
    }

    /// Whether it was made before `other`: by their numbers, or by the time where one has none.
    public func isOlder(than other: RevocationList) -> Bool {
        guard let number, let otherNumber = other.number else { return thisUpdate < other.thisUpdate }
        return number < otherNumber
    }

    public var pem: String { PEMDocument.text(Self.label, der) }

    private static let label = "X509 CRL"

    private static func derBytes(_ bytes: [UInt8]) throws(VendorCertificateError) -> [UInt8] {
        // DER of a list begins with the tag of a sequence, which no PEM does ('0' would begin a line before it).
        if bytes.first == 0x30, bytes.count > 1, bytes[1] >= 0x80 || bytes.count == Int(bytes[1]) + 2 {
            guard bytes.count <= maximumSize else { throw tooLarge }
            return bytes
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let document = try PEMDocument.first(in: text, limit: maximumFileSize, "revocation list") { $0 == label }
        guard document.derBytes.count <= maximumSize else { throw tooLarge }
        return document.derBytes
    }

    private static let tooLarge = VendorCertificateError(
        .malformed, "the revocation list is larger than \(maximumSize) bytes: leave out certificates that have expired")
}
