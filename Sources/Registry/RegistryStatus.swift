// SPDX-License-Identifier: Apache-2.0

public import VendorCertificates

/// What there is to know about the registry itself.
public struct RegistryStatus: Hashable, Sendable {
    public enum Authority: Hashable, Sendable {
        case missing
        /// `name` is its common name; `notAfter` in seconds since 1970.
        case present(name: String, notAfter: Int64, hasKey: Bool)
    }

    public let authority: Authority
    public let vendors: Int
    /// Goes up with every change of what may be admitted.
    public let version: UInt64
    /// Since the start.
    public let admitted: UInt64
    /// Since the start.
    public let refused: [Refusal.Code: UInt64]
    /// How many certificates the list in use revokes; nil when there is no list.
    public let revokedCertificates: Int?
    /// Why the list's file isn't in use as it is now; the one read before is.
    public let revocationListProblem: String?
    /// Until when the list says that it is good (seconds since 1970). It is used after that too: what it revokes stays
    /// revoked.
    public let revocationListNextUpdate: Int64?

    init(_ state: RegistryState) {
        if let authority = state.authority {
            self.authority = .present(
                name: authority.certificate.commonName ?? "", notAfter: authority.certificate.notAfter,
                hasKey: authority.key != nil)
        } else {
            authority = .missing
        }
        vendors = state.records.count
        version = state.version
        admitted = state.admitted
        refused = state.refused
        revokedCertificates = state.revocations.list?.revoked.count
        revocationListProblem = state.revocations.problem
        revocationListNextUpdate = state.revocations.list?.nextUpdate
    }
}
