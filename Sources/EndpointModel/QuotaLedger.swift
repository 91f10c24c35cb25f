// SPDX-License-Identifier: Apache-2.0

/// Who has taken what of the quotas, and how often each was hit. A value: it keeps no locks and knows no time.
///
/// Bounded by the registry: vendors that have nothing and were never refused anything aren't kept.
public struct QuotaLedger: Sendable {
    public let quotas: VendorQuotas
    /// Subscriptions that there are in all, the operator's included.
    public let allSubscriptions: Int
    private var used: [String: [VendorQuotas.Name: Int]] = [:]
    private var refused: [String: [VendorQuotas.Name: UInt64]] = [:]

    public init(quotas: VendorQuotas, allSubscriptions: Int = .max) {
        self.quotas = quotas
        self.allSubscriptions = allSubscriptions
    }

    /// Takes a part of each of several quotas, or of none. - Throws: with the quota's name as its code; it is counted.
    public mutating func take(
        _ amounts: [VendorQuotas.Name: Int], of vendor: String
    ) throws(PlatformError) {
        // In order, so that of two that are hit at once it is always the same that is named.
        for name in VendorQuotas.Name.allCases {
            guard let amount = amounts[name] else { continue }
            let has = used[vendor]?[name] ?? 0
            guard has + amount <= quotas[name] else {
                count(name, of: vendor)
                throw Self.refusal(name, vendor, "has \(has) of \(quotas[name]) \(name.unit)", quotas[name])
            }
        }
        if let amount = amounts[.subscriptions] {
            let all = used.values.reduce(0) { $0 + ($1[.subscriptions] ?? 0) }
            guard all + amount <= allSubscriptions - quotas.operatorSubscriptions else {
                count(.subscriptions, of: vendor)
                throw PlatformError(
                    .subscriberLimit,
                    "all vendors together have \(all) of \(allSubscriptions) subscriptions, of which"
                        + " operator-subscriptions (\(quotas.operatorSubscriptions)) are kept for the machine's operator:"
                        + " try again when one has ended, or ask the site whose they are")
            }
        }
        for (name, amount) in amounts { used[vendor, default: [:]][name, default: 0] += amount }
    }

    /// Gives back what was taken.
    public mutating func release(_ amounts: [VendorQuotas.Name: Int], of vendor: String) {
        for (name, amount) in amounts {
            let left = max(0, (used[vendor]?[name] ?? 0) - amount)
            used[vendor]?[name] = left == 0 ? nil : left
        }
        if used[vendor]?.isEmpty == true { used[vendor] = nil }
    }

    /// Whether so much, in all, is within the quotas. - Throws: with the quota's name as its code; it is counted.
    public mutating func check(
        _ amounts: [VendorQuotas.Name: Int], of vendor: String
    ) throws(PlatformError) {
        for name in VendorQuotas.Name.allCases {
            guard let amount = amounts[name], amount > quotas[name] else { continue }
            count(name, of: vendor)
            throw Self.refusal(name, vendor, "would have \(amount) \(name.unit)", quotas[name])
        }
    }

    /// Notes how much somebody has, of what isn't taken and given back one by one.
    public mutating func set(_ amounts: [VendorQuotas.Name: Int], of vendor: String) {
        for (name, amount) in amounts { used[vendor, default: [:]][name] = amount == 0 ? nil : amount }
        if used[vendor]?.isEmpty == true { used[vendor] = nil }
    }

    /// Counts a refusal that was made elsewhere.
    public mutating func count(_ name: VendorQuotas.Name, of vendor: String) {
        refused[vendor, default: [:]][name, default: 0] += 1
    }

    /// What a vendor has.
    public func usage(of vendor: String) -> [VendorQuota] {
        VendorQuotas.Name.allCases.map { name in
            VendorQuota(
                limit: NamedLimit(name.rawValue, quotas[name], name.unit), used: UInt64(used[vendor]?[name] ?? 0),
                refused: refused[vendor]?[name] ?? 0)
        }
    }

    private static func refusal(
        _ name: VendorQuotas.Name, _ vendor: String, _ has: String, _ limit: Int
    ) -> PlatformError {
        let way =
            switch name {
            case .clients: "close a connection"
            case .subscriptions, .ringBytes: "end a subscription, or watch more operations by one"
            case .rules, .patterns, .digests: "remove a policy, or write fewer \(name.unit)"
            case .authorisers: "end an agent's questions"
            case .questions: "answer some"
            case .kernelCalls: "end a watch or a scan of integrity, or read on in what is inspected"
            }
        return PlatformError(
            .init(name), "vendor '\(vendor)' \(has), and the limit \(name.rawValue) is \(limit): \(way)")
    }
}

extension PlatformError.Code {
    /// The reason of an error by which a quota is refused.
    public init(_ name: VendorQuotas.Name) { self.init(rawValue: name.rawValue) }

    /// Whether it is a quota's name.
    public var isQuota: Bool { VendorQuotas.Name(rawValue: rawValue) != nil }
}

extension [Policy] {
    /// What a vendor's policies here come to.
    public func quotaUse(of vendor: String) -> [VendorQuotas.Name: Int] {
        var use: [VendorQuotas.Name: Int] = [.rules: 0, .patterns: 0, .digests: 0]
        for policy in self where policy.vendor == vendor {
            use[.rules, default: 0] += policy.rules.count
            for condition in policy.fieldConditions {
                use[.patterns, default: 0] += condition.pathList?.patterns.count ?? 0
                switch condition {
                case .digest(let list), .verity(let list): use[.digests, default: 0] += list.count
                default: break
                }
            }
        }
        return use
    }
}
