// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
internal import LinuxSystem
internal import Synchronization
internal import VendorCertificates

/// Changes of a vendor's state. What takes something away holds at once, even when it can't be stored: the error then
/// says that it is gone with the process.
extension Registry {
    /// Admits the vendor's agents no more, until ``resume(_:)``.
    public func suspend(_ name: String) throws(RegistryError) {
        try state.withLock { state throws(RegistryError) in
            var record = try liveRecord(name, state)
            guard record.state != .suspended else { return }
            record.state = .suspended
            try restrict(record, &state)
        }
    }

    public func resume(_ name: String) throws(RegistryError) {
        try state.withLock { state throws(RegistryError) in
            var record = try liveRecord(name, state)
            guard record.state != .active else { return }
            record.state = .active
            try store(record, &state)
        }
    }

    /// Revokes the vendor and all its certificates, for good. The name can be enrolled again.
    ///
    /// Where the authority's key is here, its revocation list is written as well.
    public func revoke(_ name: String, now: Int64) throws(RegistryError) {
        try state.withLock { state throws(RegistryError) in
            guard var record = state.records[name] else { throw .unknown(name) }
            guard record.state != .revoked else { return }
            record.state = .revoked
            record.revokeCertificates(now: now)
            try restrict(record, &state)
            try writeRevocationList(&state, now: now)
        }
    }

    /// Changes what the site grants; what is nil stays.
    public func update(
        _ name: String, ceiling: Entitlements? = nil, executables: [Digest]? = nil, isStrict: Bool? = nil
    ) throws(RegistryError) {
        try state.withLock { state throws(RegistryError) in
            var record = try liveRecord(name, state)
            record.ceiling = ceiling ?? record.ceiling
            record.isStrict = isStrict ?? record.isStrict
            if let executables { record.executables = try Self.checked(executables) }
            try store(record, &state)
        }
    }

    /// Writes the list of all that was revoked here or by the list in use, where the authority's key is here.
    func writeRevocationList(_ state: inout RegistryState, now: Int64) throws(RegistryError) {
        guard let authority = state.authority, authority.key != nil else { return }
        guard !state.revocations.isUnknown else {
            throw RegistryError(
                corrupt: directory.revocationList,
                "what it revokes is unknown, so it isn't replaced; what was revoked now is kept in the vendor's record")
        }
        var revoked = state.revocations.list?.revoked ?? [:]
        for record in state.records.values { revoked.merge(record.revoked) { former, _ in former } }
        // Somebody's list may have the highest number there is; an equal one is taken too.
        let number = min(state.revocations.list?.number ?? 0, .max - 1) + 1
        let list: RevocationList
        do throws(VendorCertificateError) {
            list = try RevocationList(revoked: revoked, number: number, authority: authority, now: now)
        } catch {
            throw RegistryError(.certificateUnsuitable, error)
        }
        try directory.write(list.pem, to: directory.revocationList)
        if state.revocations.refresh(directory, authority: authority.certificate) { state.version += 1 }
    }

    private func restrict(_ record: VendorRecord, _ state: inout RegistryState) throws(RegistryError) {
        state.records[record.name] = record
        state.version += 1
        do throws(RegistryError) {
            try directory.write(record.text, to: directory.vendor(record.name))
        } catch {
            throw RegistryError(
                error.code,
                "'\(record.name)' is \(record.state.rawValue) until the platform ends, and not after: "
                    + error.message)
        }
    }
}
