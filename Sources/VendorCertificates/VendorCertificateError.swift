// SPDX-License-Identifier: Apache-2.0

/// A key, certificate, request or list that can't be read, made or used, and why.
public struct VendorCertificateError: Error, Hashable, Sendable {
    public enum Reason: String, CaseIterable, Hashable, Sendable {
        /// Not the format, or beyond a limit.
        case malformed
        /// A kind of key or signature that isn't accepted.
        case unsupported
        /// Signed by another key than it should be.
        case badSignature
        /// Well formed, but not what is wanted here: no authority's certificate, another name, another key.
        case unsuitable
        /// The parts to make it from don't fit: a name, a time or too many entries.
        case invalidContents
    }

    public var reason: Reason
    /// What is wrong and what to do, as one sentence.
    public var message: String

    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }
}

extension VendorCertificateError: CustomStringConvertible {
    public var description: String { message }
}

extension VendorCertificateError {
    /// An error of the making of something: one of ours as it is, else `failure`.
    static func contents(_ error: any Error, _ failure: String) -> VendorCertificateError {
        error as? VendorCertificateError ?? VendorCertificateError(.invalidContents, failure)
    }
}
