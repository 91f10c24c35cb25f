// SPDX-License-Identifier: Apache-2.0

/// What a vendor's agents may ask of the platform: which operations they are told of, asked about and may refuse, and
/// which services they may use.
///
/// A set in every respect: what isn't in it isn't granted. A certificate carries one, the site keeps one for each vendor
/// as the ceiling.
public struct Entitlements: Hashable, Sendable {
    /// Operations whose events the vendor may receive.
    public private(set) var notify: Set<Operation>
    /// Operations that may be held until the vendor has answered; of ``askable`` ones only.
    public private(set) var ask: Set<Operation>
    /// Operations that the vendor's policies may refuse; of ``deniable`` ones only.
    public private(set) var deny: Set<Operation>
    /// To have the vendor's own processes and files protected.
    public private(set) var protectSelf: Bool
    /// To read the sensitive areas of the kernel.
    public private(set) var inspectKernel: Bool
    /// To hand in policies at all.
    public private(set) var managePolicy: Bool

    /// Operations in `ask` and `deny` that can't be held or refused are left out: nothing could be granted by them.
    public init(
        notify: Set<Operation> = [], ask: Set<Operation> = [], deny: Set<Operation> = [], protectSelf: Bool = false,
        inspectKernel: Bool = false, managePolicy: Bool = false
    ) {
        self.notify = notify
        self.ask = ask.intersection(Self.askable)
        self.deny = deny.intersection(Self.deniable)
        self.protectSelf = protectSelf
        self.inspectKernel = inspectKernel
        self.managePolicy = managePolicy
    }

    public static let none = Entitlements()

    public static let all = Entitlements(
        notify: Set(Operation.allCases), ask: askable, deny: deniable, protectSelf: true, inspectKernel: true,
        managePolicy: true)

    /// The operations that the gate can hold, by the catalogue.
    public static let askable = Set(OperationCatalogue.all.filter(\.canAsk).map(\.operation))

    /// The operations that can be refused, by the catalogue.
    public static let deniable = Set(OperationCatalogue.all.filter(\.canDeny).map(\.operation))

    /// Whether `other` grants all of this.
    public func isSubset(of other: Entitlements) -> Bool { intersection(other) == self }

    /// What both grant.
    public func intersection(_ other: Entitlements) -> Entitlements {
        Entitlements(
            notify: notify.intersection(other.notify), ask: ask.intersection(other.ask),
            deny: deny.intersection(other.deny), protectSelf: protectSelf && other.protectSelf,
            inspectKernel: inspectKernel && other.inspectKernel, managePolicy: managePolicy && other.managePolicy)
    }

    /// What either grants.
    public func union(_ other: Entitlements) -> Entitlements {
        Entitlements(
            notify: notify.union(other.notify), ask: ask.union(other.ask), deny: deny.union(other.deny),
            protectSelf: protectSelf || other.protectSelf, inspectKernel: inspectKernel || other.inspectKernel,
            managePolicy: managePolicy || other.managePolicy)
    }

    /// What this grants and `other` doesn't.
    public func subtracting(_ other: Entitlements) -> Entitlements {
        Entitlements(
            notify: notify.subtracting(other.notify), ask: ask.subtracting(other.ask),
            deny: deny.subtracting(other.deny), protectSelf: protectSelf && !other.protectSelf,
            inspectKernel: inspectKernel && !other.inspectKernel, managePolicy: managePolicy && !other.managePolicy)
    }
}
