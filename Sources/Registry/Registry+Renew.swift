// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
internal import Synchronization
public import VendorCertificates

extension Registry {
    /// Issues another certificate, with what the newest one carries unless `entitlements` says otherwise; for the key of
    /// `request`, or the same one. Older ones stay good until they expire, unless they are revoked with this.
    public func renew(
        name: String, request: SigningRequest? = nil, entitlements: Entitlements? = nil, revokingOlder: Bool = false,
        lifetime: Int64 = defaultLifetime, now: Int64
    ) throws(RegistryError) -> SignedCertificate {
        try state.withLock { state throws(RegistryError) in
            var record = try liveRecord(name, state)
            guard let authority = state.authority else { throw .noAuthority }
            guard authority.key != nil else {
                throw RegistryError(
                    .authorityHasNoKey,
                    "the authority's key isn't here: have the request signed elsewhere and register it")
            }
            if let request { try check(request, for: name, state) }
            let wanted = entitlements ?? record.certificates.last?.entitlements ?? record.ceiling
            guard wanted.isSubset(of: record.ceiling) else {
                throw .beyondCeiling(wanted.subtracting(record.ceiling).words)
            }
            let issued = try issue(record, authority, request, wanted, Validity(now: now, lifetime: lifetime))
            if revokingOlder {
                record.revokeCertificates(now: now)
                record.certificates = []
            }
            try record.add(issued, now: now)
            try store(record, &state)
            if revokingOlder { try writeRevocationList(&state, now: now) }
            return issued
        }
    }

    /// Registers a certificate that was issued elsewhere, for a vendor that is enrolled or for a new one, whose ceiling
    /// is what it carries unless `ceiling` says otherwise.
    ///
    /// - Parameter issuers: certificates between it and the authority.
    /// - Throws: `certificateUnsuitable` with the refusal that an agent with it would meet.
    @discardableResult
    public func register(
        name: String, certificate: SignedCertificate, issuers: [SignedCertificate] = [],
        ceiling: Entitlements? = nil, now: Int64
    ) async throws(RegistryError) -> VendorRecord {
        refresh()
        guard let authority else { throw .noAuthority }
        let chain: CertificateChain
        do throws(Refusal) {
            chain = try await CertificateChain.verify(
                ([certificate] + issuers).map(\.der), authority: authority, now: now
            ).get()
        } catch {
            throw RegistryError(.certificateUnsuitable, error.description)
        }
        guard chain.name == name else {
            throw RegistryError(.certificateUnsuitable, "the certificate is for '\(chain.name)': register it as that")
        }
        return try state.withLock { state throws(RegistryError) in
            try register(chain, ceiling, &state, now: now)
        }
    }

    private func register(
        _ chain: CertificateChain, _ ceiling: Entitlements?, _ state: inout RegistryState, now: Int64
    ) throws(RegistryError) -> VendorRecord {
        let carried = chain.leaf.entitlements
        var record =
            state.records[chain.name] == nil
            ? try newRecord(chain.name, ceiling ?? carried, state, now: now) : try liveRecord(chain.name, state)
        try checkKey(chain.leaf.keyFingerprint, of: chain.name, state)
        if let ceiling { record.ceiling = ceiling }
        guard !record.isStrict || carried.isSubset(of: record.ceiling) else {
            throw .beyondCeiling(carried.subtracting(record.ceiling).words)
        }
        guard record.revoked[chain.leaf.serial] == nil, !state.revocations.revokes(chain.signedSerial) else {
            throw RegistryError(.certificateUnsuitable, "the certificate is revoked: have another one issued")
        }
        if !record.certificates.contains(chain.leaf) { try record.add(chain.leaf, now: now) }
        try store(record, &state)
        return record
    }

    private func issue(
        _ record: VendorRecord, _ authority: CertificateAuthority, _ request: SigningRequest?,
        _ entitlements: Entitlements, _ validity: Validity
    ) throws(RegistryError) -> SignedCertificate {
        do throws(VendorCertificateError) {
            if let request {
                return try authority.issueVendor(
                    name: record.name, request: request, entitlements: entitlements, executables: record.executables,
                    validity: validity)
            }
            if let newest = record.certificates.last {
                return try authority.issueVendor(
                    name: record.name, replacing: newest, entitlements: entitlements, executables: record.executables,
                    validity: validity)
            }
        } catch {
            throw RegistryError(.certificateUnsuitable, error)
        }
        throw RegistryError(.requestUnsuitable, "'\(record.name)' has no certificate yet: hand in a request for one")
    }

    /// The record of a vendor that isn't revoked.
    func liveRecord(_ name: String, _ state: RegistryState) throws(RegistryError) -> VendorRecord {
        guard let record = state.records[name] else { throw .unknown(name) }
        guard record.state != .revoked else {
            throw RegistryError(.vendorRevoked, "'\(name)' is revoked: enrol it again if it is to come back")
        }
        return record
    }
}
