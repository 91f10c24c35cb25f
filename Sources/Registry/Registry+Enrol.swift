// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
internal import Synchronization
public import VendorCertificates

extension Registry {
    /// Seconds that a vendor's certificate is valid unless somebody says otherwise.
    public static let defaultLifetime: Int64 = 365 * 86400

    /// Registers a vendor, by a name that is free or was revoked, and issues its first certificate.
    ///
    /// Without the authority's key the result is nil: the vendor is registered, and its certificate is to be signed
    /// elsewhere and handed to ``register(name:certificate:issuers:ceiling:now:)``.
    ///
    /// - Parameter ceiling: what the site grants at most; what is issued now, unless it says otherwise.
    public func enrol(
        name: String, request: SigningRequest, entitlements: Entitlements, ceiling: Entitlements? = nil,
        executables: [Digest] = [], isStrict: Bool = true, lifetime: Int64 = defaultLifetime, now: Int64
    ) throws(RegistryError) -> SignedCertificate? {
        try state.withLock { state throws(RegistryError) in
            guard let authority = state.authority else { throw .noAuthority }
            let ceiling = ceiling ?? entitlements
            guard entitlements.isSubset(of: ceiling) else {
                throw .beyondCeiling(entitlements.subtracting(ceiling).words)
            }
            var record = try newRecord(name, ceiling, state, now: now)
            record.executables = try Self.checked(executables)
            record.isStrict = isStrict
            try check(request, for: name, state)
            var issued: SignedCertificate?
            if authority.key != nil {
                let certificate: SignedCertificate
                do throws(VendorCertificateError) {
                    certificate = try authority.issueVendor(
                        name: name, request: request, entitlements: entitlements, executables: record.executables,
                        validity: Validity(now: now, lifetime: lifetime))
                } catch {
                    throw RegistryError(.certificateUnsuitable, error)
                }
                try record.add(certificate, now: now)
                issued = certificate
            }
            try store(record, &state)
            return issued
        }
    }

    /// The digests, each once.
    static func checked(_ executables: [Digest]) throws(RegistryError) -> [Digest] {
        var unique: [Digest] = []
        for digest in executables where !unique.contains(digest) { unique.append(digest) }
        guard unique.count <= VendorRecord.maximumExecutables else {
            throw RegistryError(
                .tooMany, "\(unique.count) programs are listed: list at most \(VendorRecord.maximumExecutables)")
        }
        return unique
    }

    /// A record under a name that is free, or was revoked: what was revoked under it stays so.
    func newRecord(
        _ name: String, _ ceiling: Entitlements, _ state: RegistryState, now: Int64
    ) throws(RegistryError) -> VendorRecord {
        guard VendorName.isValid(name) else {
            throw RegistryError(.vendorNameInvalid, "no vendor can have that name: write \(VendorName.grammar)")
        }
        let former = state.records[name]
        guard former == nil || former?.state == .revoked else {
            throw RegistryError(
                .vendorNameTaken, "a vendor '\(name)' exists: choose another name, renew it, or revoke it first")
        }
        guard former != nil || state.records.count < Self.maximumVendors else {
            throw RegistryError(.tooMany, "\(Self.maximumVendors) vendors are registered: no further one can be")
        }
        return VendorRecord(
            name: name, state: .active, ceiling: ceiling, isStrict: true, executables: [], enrolledAt: now,
            revoked: former?.revoked ?? [:])
    }

    /// A request has to be by whom it is handed in for, and a key is one vendor's only.
    func check(
        _ request: SigningRequest, for name: String, _ state: RegistryState
    ) throws(RegistryError) {
        guard request.commonName == nil || request.commonName == name else {
            throw RegistryError(.requestUnsuitable, "the request names another vendor: make one for '\(name)'")
        }
        try checkKey(request.keyFingerprint, of: name, state)
    }

    func checkKey(
        _ fingerprint: Digest, of name: String, _ state: RegistryState
    ) throws(RegistryError) {
        for record in state.records.values where record.name != name && record.hasKey(fingerprint) {
            throw RegistryError(.requestUnsuitable, "the key is another vendor's: make one for '\(name)' alone")
        }
    }

    /// Writes a record, then lets it hold.
    func store(_ record: VendorRecord, _ state: inout RegistryState) throws(RegistryError) {
        try directory.write(record.text, to: directory.vendor(record.name))
        state.records[record.name] = record
        state.version += 1
    }
}
