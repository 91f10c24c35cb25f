// SPDX-License-Identifier: Apache-2.0

internal import EndpointModel
internal import VendorCertificates

/// What the registry knows, and the decision on it: a value, without files.
struct RegistryState {
    var authority: CertificateAuthority?
    var records: [String: VendorRecord] = [:]
    var revocations = Revocations()
    /// Goes up with every change of what may be admitted.
    var version: UInt64 = 1
    var admitted: UInt64 = 0
    var refused: [Refusal.Code: UInt64] = [:]

    /// Whether a claim is good here and now; `digest` is the program's, nil where it isn't known.
    ///
    /// - Parameter asksExecutable: false to learn first whether the program's digest is worth taking.
    func judge(
        _ claim: Claim, digest: Digest?, asksExecutable: Bool = true, now: Int64
    ) -> Result<Entitlements, Refusal> {
        if now > claim.notAfter { return .failure(Refusal(.certificateExpired)) }
        if revocations.isUnknown { return .failure(Refusal(.revocationUnknown)) }
        if revocations.revokes(claim.signedSerial) { return .failure(Refusal(.certificateRevoked)) }
        guard let record = records[claim.name] else { return .failure(Refusal(.vendorUnknown)) }
        if record.revoked[claim.serial] != nil { return .failure(Refusal(.certificateRevoked)) }
        switch record.state {
        case .active: break
        case .suspended: return .failure(Refusal(.vendorSuspended))
        case .revoked: return .failure(Refusal(.vendorRevoked))
        }
        guard record.hasKey(claim.keyFingerprint) else { return .failure(Refusal(.certificateUnregistered)) }
        let beyond = claim.entitlements.subtracting(record.ceiling)
        if record.isStrict, beyond != .none {
            return .failure(Refusal(.entitlementBeyondCeiling, beyond.words.joined(separator: " ")))
        }
        if asksExecutable, let refusal = refusal(of: digest, lists: [claim.executables, record.executables]) {
            return .failure(refusal)
        }
        return .success(claim.entitlements.intersection(record.ceiling))
    }

    /// Whether anybody asks which program it is.
    func asksExecutable(_ claim: Claim) -> Bool {
        !claim.executables.isEmpty || records[claim.name]?.executables.isEmpty == false
    }

    /// Every list that isn't empty has to have the program.
    private func refusal(of digest: Digest?, lists: [[Digest]]) -> Refusal? {
        for list in lists where !list.isEmpty {
            guard let digest else { return Refusal(.executableUnknown) }
            guard list.contains(digest) else { return Refusal(.executableNotListed, digest.text) }
        }
        return nil
    }
}
