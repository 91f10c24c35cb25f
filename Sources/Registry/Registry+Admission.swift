// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
internal import Synchronization
public import VendorCertificates

extension Registry {
    /// Whether a peer with that chain of certificates (DER, its own first) is admitted.
    ///
    /// That the peer has the key is TLS's to prove, before or after. Whoever keeps an admitted vendor asks
    /// ``stillAdmitted(_:now:)`` once it is listed where withdrawals look: something may have changed meanwhile.
    ///
    /// - Parameter executableDigest: the peer's program's; asked only where programs are listed, and only for a peer
    ///   that would be admitted otherwise.
    public func admit(
        chain: [[UInt8]], executableDigest: @Sendable () -> Digest?, now: Int64
    ) async -> Result<AdmittedVendor, Refusal> {
        refresh()
        guard let authority else { return counted(.failure(Refusal(.authorityMissing))) }
        switch await CertificateChain.verify(chain, authority: authority, now: now) {
        case .failure(let refusal): return counted(.failure(refusal))
        case .success(let chain): return admit(Claim(chain), executableDigest, now: now)
        }
    }

    /// Why a vendor that was admitted may not stay; nil when it may.
    public func stillAdmitted(_ vendor: AdmittedVendor, now: Int64) -> Refusal? {
        refresh()
        let result = state.withLock { $0.judge(vendor.claim, digest: vendor.executable, now: now) }
        guard case .failure(let refusal) = result else { return nil }
        return refusal
    }

    /// Reads the revocation list again if its file changed.
    ///
    /// - Returns: ``RegistryStatus/version``: while it is the same, nobody who was admitted has to be asked about again
    ///   before ``AdmittedVendor/notAfter``.
    @discardableResult
    public func refresh() -> UInt64 {
        state.withLock { state in
            if let authority = state.authority,
                state.revocations.refresh(directory, authority: authority.certificate)
            {
                state.version += 1
            }
            return state.version
        }
    }

    private func admit(
        _ claim: Claim, _ executableDigest: @Sendable () -> Digest?, now: Int64
    ) -> Result<AdmittedVendor, Refusal> {
        let (first, isAsked) = state.withLock { state in
            (state.judge(claim, digest: nil, asksExecutable: false, now: now), state.asksExecutable(claim))
        }
        if case .failure(let refusal) = first { return counted(.failure(refusal)) }
        // Not under the lock: a program may be large.
        let digest = isAsked ? executableDigest() : nil
        return counted(
            state.withLock { $0.judge(claim, digest: digest, now: now) }.map { entitlements in
                AdmittedVendor(claim, entitlements: entitlements, executable: digest)
            })
    }

    private func counted(_ result: Result<AdmittedVendor, Refusal>) -> Result<AdmittedVendor, Refusal> {
        state.withLock { state in
            switch result {
            case .success: state.admitted += 1
            case .failure(let refusal): state.refused[refusal.code, default: 0] += 1
            }
        }
        return result
    }
}
