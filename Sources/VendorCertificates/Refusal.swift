// SPDX-License-Identifier: Apache-2.0

/// Why a vendor's agent isn't admitted, or no longer.
///
/// The code is stable: clients, logs and counters go by it. The detail isn't.
public struct Refusal: Error, Hashable, Sendable {
    public enum Code: String, CaseIterable, Hashable, Sendable {
        /// No chain was presented, or one beyond the limits of ``CertificateChain``.
        case certificateMissing = "certificate-missing"
        /// A certificate, or our extension in it, can't be read.
        case certificateMalformed = "certificate-malformed"
        /// No chain of signatures leads to the site's authority, or one of its certificates may not be used so.
        case certificateUntrusted = "certificate-untrusted"
        case certificateNotYetValid = "certificate-not-yet-valid"
        case certificateExpired = "certificate-expired"
        case certificateRevoked = "certificate-revoked"
        /// The vendor exists, but this key isn't one that it was registered with.
        case certificateUnregistered = "certificate-unregistered"
        /// There is a revocation list that could never be read, so that nobody knows what it revokes.
        case revocationUnknown = "revocation-unknown"
        case entitlementBeyondCeiling = "entitlement-beyond-ceiling"
        /// The program isn't one that the certificate or the site lists.
        case executableNotListed = "executable-not-listed"
        /// There is a list, and the program's digest couldn't be taken.
        case executableUnknown = "executable-unknown"
        case vendorUnknown = "vendor-unknown"
        case vendorSuspended = "vendor-suspended"
        case vendorRevoked = "vendor-revoked"
        /// The site has no authority yet, so that nothing can be verified.
        case authorityMissing = "authority-missing"
    }

    public var code: Code
    /// What was found in this case, as the end of a sentence; may be empty. It contains no text of the peer's choice but
    /// checked names and words.
    public var detail: String

    public init(_ code: Code, _ detail: String = "") {
        self.code = code
        self.detail = detail
    }

    /// What is wrong and what to do, as one sentence.
    public var message: String { code.sentence + (detail.isEmpty ? "" : " (\(detail))") }
}

extension Refusal: CustomStringConvertible {
    public var description: String { "\(code.rawValue): \(message)" }
}
