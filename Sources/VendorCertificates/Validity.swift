// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import X509

/// From when to when a certificate is valid, both ends included; seconds since 1970.
public struct Validity: Hashable, Sendable {
    public var notBefore: Int64
    public var notAfter: Int64

    public init(notBefore: Int64, notAfter: Int64) {
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    /// How far before `now` certificates begin to be valid: clocks of virtual machines differ.
    public static let clockSkew: Int64 = 300

    /// `lifetime` seconds from `now`.
    public init(now: Int64, lifetime: Int64) {
        // Saturating: what no certificate can say is refused when one is made.
        self.init(
            notBefore: max(0, now.subtractingReportingOverflow(Self.clockSkew).partialValue),
            notAfter: now.addingReportingOverflow(lifetime).overflow ? .max : now + lifetime)
    }
}

extension Validity {
    public func contains(_ now: Int64) -> Bool { notBefore <= now && now <= notAfter }

    /// As the X.509 library wants them.
    ///
    /// - Throws: `invalidContents` for an empty time or one that X.509 can't write.
    var dates: (notBefore: Date, notAfter: Date) {
        get throws(VendorCertificateError) {
            guard CalendarTime.range.contains(notBefore), CalendarTime.range.contains(notAfter) else {
                throw VendorCertificateError(
                    .invalidContents, "certificates are valid from 1970 to 9999: choose another time")
            }
            guard notBefore <= notAfter else {
                throw VendorCertificateError(
                    .invalidContents,
                    "the certificate would never be valid: set the clock, or renew the authority, whose certificate it"
                        + " can't outlive")
            }
            return (
                Date(timeIntervalSince1970: Double(notBefore)), Date(timeIntervalSince1970: Double(notAfter))
            )
        }
    }
}

extension Certificate {
    var validity: Validity {
        // Both are whole seconds of the years 0 to 9999.
        Validity(
            notBefore: Int64(notValidBefore.timeIntervalSince1970),
            notAfter: Int64(notValidAfter.timeIntervalSince1970))
    }
}
