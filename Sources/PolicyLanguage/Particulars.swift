// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// All that a rule asks besides its operations and the paths of its subject and its object.
///
/// No analysis looks into it. Of two rules it is only found out that it is the same, or that one has nothing of it.
struct Particulars: Hashable {
    /// Where something isn't known, a rule holds or doesn't by what it would do.
    struct Leaning: Hashable {
        var isAllow: Bool
        var unknownDigest: Rule.Fallback?
    }

    private var subject: Set<FieldCondition> = []
    private var subjectExceptions: Set<FieldCondition> = []
    private var object: Set<FieldCondition> = []
    private var objectExceptions: Set<FieldCondition> = []
    private var access: Set<Access> = []
    private var signals: Set<Signal> = []
    private var mappings: Set<MappingKind> = []
    private var areas: Set<KernelArea> = []
    private var leaning: Leaning?

    /// What the platform always knows, or says to be unresolvable. Digests may not be there yet, and lists be too long.
    private static let known: Set<Field> = [.exe, .path, .user, .capability, .filesystem, .flags]

    static let none = Particulars()

    private init() {}

    /// - Parameter scope: of the policy. It is the same for all rules, but what isn't known of it isn't.
    init(_ rule: Rule, scope: Condition?) {
        subject = PathSelection.remainder(of: rule.subject)
        subjectExceptions = PathSelection.remainingExceptions(of: rule.subject)
        object = PathSelection.remainder(of: rule.object)
        objectExceptions = PathSelection.remainingExceptions(of: rule.object)
        access = Set(rule.access)
        signals = Set(rule.signals)
        mappings = Set(rule.mappings)
        areas = Set(rule.areas)
        let fields = rule.fieldConditions + (scope.map { $0.all + $0.not } ?? [])
        if !fields.allSatisfy({ Self.known.contains($0.field) }) {
            leaning = Leaning(isAllow: rule.action == .allow, unknownDigest: rule.unknownDigest)
        }
    }
}
