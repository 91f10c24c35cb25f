// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// The attempt that an event reports, as far as the event tells.
///
/// An event doesn't carry all that the kernel decided by. What is missing is taken as unknown, or as absent where there
/// is no such thing as unknown, and named in ``unknown``.
package struct ObservedAttempt: Hashable, Sendable {
    package var attempt: Attempt
    /// Places of a policy that the event says nothing about, such as `subject.ancestor` and `object.digest`.
    package var unknown: [String]

    /// `nil` for what can only be observed.
    package init?(_ event: Event) {
        let description = OperationCatalogue.description(of: event.operation)
        guard description.canDeny else { return nil }
        let process = event.subject
        var subject = ProcessFacts(
            exe: Self.executable(process.exe), hasUnknownAncestors: true, cgroup: ObservedPath(process.cgroup.path),
            user: process.credentials.effectiveUID, groups: [process.credentials.effectiveGID],
            capabilities: process.credentials.effectiveCapabilities)
        if process.cgroup.path.isEmpty { subject.cgroup = ObservedPath(bytes: [], unresolvable: .anonymous) }
        var unknown = ["subject.ancestor", "subject.digest", "subject.interpreter"]
        // Of groups, the effective one is known.
        unknown.append("subject.group")
        var object = Attempt.Object.none
        switch description.object {
        case .file, .memory, .area:
            var facts = FileFacts(path: ObservedPath(bytes: [], unresolvable: .anonymous), filesystem: "")
            if case .file(let file, _) = event.object {
                facts.path = file.path
                facts.flags = Set(file.flags.names)
                unknown += ["object.digest", "object.filesystem", "object.verity"]
            }
            object = .file(facts)
        case .process:
            var exe = ObservedPath(bytes: [], unresolvable: .anonymous)
            if case .process = event.object, let target = event.details.target {
                exe = Self.executable(target)
            } else {
                unknown.append("object.exe")
            }
            unknown += Field.ofProcesses.filter { $0 != .exe }.map { "object.\($0.rawValue)" }
            object = .process(ProcessFacts(exe: exe, hasUnknownAncestors: true, user: .max, groups: []))
        case .program, .none: break
        }
        attempt = Attempt(
            operation: event.operation, subject: subject, object: object, access: event.details.access,
            signal: event.details.signal, mappings: event.details.mappings, area: event.details.area)
        self.unknown = unknown
    }

    /// The platform doesn't know every executable; none is no path.
    private static func executable(_ path: ObservedPath) -> ObservedPath {
        path.bytes.isEmpty && path.unresolvable == nil ? ObservedPath(bytes: [], unresolvable: .anonymous) : path
    }

    /// Those of ``unknown`` that `policies` ask for on this operation: the decision may have been another one.
    package func missing(for policies: [Policy]) -> [String] {
        var asked: Set<String> = []
        for policy in policies {
            let rules = policy.rules.filter { rule in
                rule.operations.contains(attempt.operation)
                    || attempt.operation == .threadOpen && rule.operations.contains(.processOpen)
            }
            guard !rules.isEmpty else { continue }
            for (side, conditions) in [
                ("subject", [policy.scope] + rules.map(\.subject)), ("object", rules.map(\.object)),
            ] {
                for condition in conditions.compactMap({ $0 }) {
                    for field in condition.all + condition.not { asked.insert("\(side).\(field.field.rawValue)") }
                }
            }
        }
        // A container is told by the cgroup.
        if asked.contains("object.container") { asked.insert("object.cgroup") }
        return unknown.filter(asked.contains)
    }
}
