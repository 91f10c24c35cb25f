// SPDX-License-Identifier: Apache-2.0

/// Why the registry couldn't do what it was asked to.
public struct RegistryError: Error, Hashable, Sendable {
    /// Stable words.
    public enum Code: String, CaseIterable, Hashable, Sendable {
        case authorityMissing = "authority-missing"
        case authorityExists = "authority-exists"
        /// The authority's key isn't here: certificates are signed elsewhere.
        case authorityHasNoKey = "authority-has-no-key"
        case vendorUnknown = "vendor-unknown"
        case vendorNameTaken = "vendor-name-taken"
        case vendorNameInvalid = "vendor-name-invalid"
        case vendorRevoked = "vendor-revoked"
        case certificateUnsuitable = "certificate-unsuitable"
        case requestUnsuitable = "request-unsuitable"
        case entitlementBeyondCeiling = "entitlement-beyond-ceiling"
        case tooMany = "too-many"
        /// A file of the registry can't be read as what it should be.
        case fileCorrupt = "file-corrupt"
        /// A file can't be read or written.
        case fileInaccessible = "file-inaccessible"
        case serverCertificateMissing = "server-certificate-missing"
    }

    public var code: Code
    /// What is wrong and what to do, as one sentence.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension RegistryError: CustomStringConvertible {
    public var description: String { "\(code.rawValue): \(message)" }
}
