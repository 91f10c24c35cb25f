// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
import Synchronization

/// Who has taken what of the vendors' quotas: shared by the API's server and the platform behind it.
public final class VendorAccounts: Sendable {
    public let quotas: VendorQuotas
    private let ledger: Mutex<QuotaLedger>
    /// Bytes of the ring that a subscription takes.
    private let ringBytes: Int

    /// - Parameters:
    ///   - allSubscriptions: that there are in all, the operator's included.
    ///   - ringBytes: of the ring that a subscription takes.
    public init(quotas: VendorQuotas = VendorQuotas(), allSubscriptions: Int = .max, ringBytes: Int = 0) {
        self.quotas = quotas
        self.ringBytes = ringBytes
        ledger = Mutex(QuotaLedger(quotas: quotas, allSubscriptions: allSubscriptions))
    }

    /// Takes what a subscription takes; it is given back with the object. - Throws: with the quota's name as its code.
    func subscription(of caller: CallerIdentity) throws(PlatformError) -> QuotaShare {
        try share([.subscriptions: 1, .ringBytes: ringBytes], of: caller)
    }

    /// Takes what a stream of `Integrity` or `Inspection` takes, likewise.
    func kernelCall(of caller: CallerIdentity) throws(PlatformError) -> QuotaShare {
        try share([.kernelCalls: 1], of: caller)
    }

    /// Takes what a connection takes, likewise.
    func client(of vendor: String) throws(PlatformError) -> QuotaShare { try share([.clients: 1], vendor) }

    private func share(
        _ amounts: [VendorQuotas.Name: Int], of caller: CallerIdentity
    ) throws(PlatformError) -> QuotaShare {
        guard case .vendor(let vendor) = caller else { return QuotaShare {} }
        return try share(amounts, vendor.name)
    }

    private func share(_ amounts: [VendorQuotas.Name: Int], _ vendor: String) throws(PlatformError) -> QuotaShare {
        try ledger.withLock { ledger throws(PlatformError) in try ledger.take(amounts, of: vendor) }
        return QuotaShare { [self] in ledger.withLock { $0.release(amounts, of: vendor) } }
    }

    /// Whether a vendor may have these policies: all that there would be, its own among them.
    ///
    /// - Throws: with the quota's name as its code. The operator is never refused.
    public func check(_ policies: [Policy], by caller: CallerIdentity) throws(PlatformError) {
        guard case .vendor(let vendor) = caller else { return }
        let use = policies.quotaUse(of: vendor.name)
        try ledger.withLock { ledger throws(PlatformError) in try ledger.check(use, of: vendor.name) }
    }

    /// Notes what policies there are now.
    public func note(_ policies: [Policy], vendors: Set<String>) {
        ledger.withLock { ledger in
            for vendor in vendors { ledger.set(policies.quotaUse(of: vendor), of: vendor) }
        }
    }

    /// Notes how much of a quota a vendor has that somebody else keeps account of.
    public func note(_ amounts: [VendorQuotas.Name: Int], of vendor: String) {
        ledger.withLock { $0.set(amounts, of: vendor) }
    }

    /// Counts a refusal that was made elsewhere.
    public func count(_ name: VendorQuotas.Name, of vendor: String) {
        ledger.withLock { $0.count(name, of: vendor) }
    }

    /// What a vendor has, and how often each quota was hit.
    public func usage(of vendor: String) -> [VendorQuota] { ledger.withLock { $0.usage(of: vendor) } }
}

/// A part of a quota. It is given back once: by `end`, or with the object.
final class QuotaShare: Sendable {
    private let release: Mutex<(@Sendable () -> Void)?>

    init(_ release: @escaping @Sendable () -> Void) { self.release = Mutex(release) }

    deinit { end() }

    func end() { release.withLock { $0.take() }?() }
}
