// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// Random attempts that come close to what policies select: most conditions of a random rule are met, and the rest is
/// made of the few values that all rules name.
package struct RandomAttempts {
    private let policies: [Policy]
    /// Patterns, parsed once.
    private let alternatives: [PathPattern: [[PathPattern.Element]]]
    /// Of all lists of paths in the policies, but for containers'.
    private let patterns: [[[PathPattern.Element]]]
    private let containers: [ContainerSelector: [PathPattern]]

    package init(_ policies: [Policy]) {
        self.policies = policies
        var conditions: [FieldCondition] = []
        for policy in policies {
            if let scope = policy.scope { conditions += scope.all + scope.not }
            for rule in policy.rules { conditions += rule.fieldConditions }
        }
        var alternatives: [PathPattern: [[PathPattern.Element]]] = [:]
        var patterns: [[[PathPattern.Element]]] = []
        var containers: [ContainerSelector: [PathPattern]] = [:]
        for condition in conditions {
            if case .container(let list) = condition {
                for selector in list where containers[selector] == nil {
                    let patterns = selector.cgroupPatterns
                    containers[selector] = patterns
                    for pattern in patterns { alternatives[pattern] = pattern.alternatives }
                }
            } else {
                for pattern in condition.pathList?.patterns ?? [] {
                    let parsed = alternatives[pattern] ?? pattern.alternatives
                    alternatives[pattern] = parsed
                    patterns.append(parsed)
                }
            }
        }
        self.alternatives = alternatives
        self.patterns = patterns
        self.containers = containers
    }

    package func attempt(using random: inout SplitMix64) -> Attempt {
        let policy = random.pick(policies)
        let rule = random.pick(policy.rules)
        var operation = random.pick(rule.operations)
        if operation == .processOpen, random.oneIn(3) { operation = .threadOpen }
        if random.oneIn(10) { operation = random.pick(Operation.allCases) }
        let description = OperationCatalogue.description(of: operation)
        let met = random.oneIn(3) ? [] : (rule.object?.all ?? []).filter { _ in !random.oneIn(8) }
        let metOfSubject = ((policy.scope?.all ?? []) + (rule.subject?.all ?? [])).filter { _ in !random.oneIn(8) }
        var attempt = Attempt(operation: operation, subject: process(meeting: metOfSubject, using: &random))
        if description.fields.contains(.path) {
            attempt.object = .file(file(meeting: met, using: &random))
        } else if description.fields.contains(.exe) {
            attempt.object = .process(process(meeting: met, using: &random))
        }
        if !description.access.isEmpty {
            let wanted = rule.access.filter(description.access.contains)
            attempt.access = [random.pick(wanted.isEmpty || random.oneIn(3) ? description.access : wanted)]
            if operation == .fileOpen, random.oneIn(3) { attempt.access = [.read, .write] }
        }
        if description.hasSignal { attempt.signal = random.pick(RandomPolicies.signals) }
        if description.hasMapping {
            attempt.mappings = Set(MappingKind.allCases.filter { _ in random.oneIn(4) })
            if random.oneIn(2) { attempt.mappings.formUnion(rule.mappings) }
        }
        if description.hasArea {
            attempt.area = random.pick(rule.areas.isEmpty || random.oneIn(3) ? KernelArea.allCases : rule.areas)
        }
        return attempt
    }

    private func process(meeting conditions: [FieldCondition], using random: inout SplitMix64) -> ProcessFacts {
        var facts = ProcessFacts(
            exe: path(using: &random), ancestors: random.oneIn(2) ? [path(using: &random)] : [],
            hasUnknownAncestors: random.oneIn(4), cgroup: cgroup(using: &random), isScript: random.oneIn(3),
            user: random.pick([0, 7, 1000, 4242]), groups: [],
            capabilities: random.pick([0, 1, 1 << 21, 1 << 40, 1 << 21 | 1 << 40, 1 << 5]),
            digest: random.oneIn(4) ? nil : random.pick(RandomConditions.digests))
        for _ in 0..<1 + random.below(3) { facts.groups.append(random.pick([0, 5, 50, 1000, 9999])) }
        for condition in conditions {
            switch condition {
            case .exe(let list): facts.exe = path(in: list, using: &random)
            case .interpreter(let list):
                facts.exe = path(in: list, using: &random)
                facts.isScript = true
            case .cgroup(let list): facts.cgroup = path(in: list, using: &random)
            case .container(let list):
                facts.cgroup = path(in: PathList(containers[random.pick(list)] ?? []), using: &random)
            case .ancestor(let list): facts.ancestors = [path(in: list, using: &random)]
            case .user(let list): facts.user = RandomPolicies.accounts.user(random.pick(list)) ?? 0
            case .group(let list):
                facts.groups[0] = RandomPolicies.accounts.group(random.pick(list)) ?? 0
                facts.groups.shuffle(using: &random)
            case .capability(let list): facts.capabilities |= 1 << UInt64(random.pick(list).number)
            case .digest(let list): facts.digest = random.oneIn(8) ? nil : random.pick(list)
            default: break
            }
        }
        return facts
    }

    private func file(meeting conditions: [FieldCondition], using random: inout SplitMix64) -> FileFacts {
        var facts = FileFacts(
            path: path(using: &random), flags: Set(FileFlag.allCases.filter { _ in random.oneIn(5) }),
            filesystem: random.pick(RandomConditions.filesystems + ["btrfs"]),
            digest: random.oneIn(4) ? nil : random.pick(RandomConditions.digests),
            verity: random.oneIn(2) ? nil : random.pick(RandomConditions.digests))
        for condition in conditions {
            switch condition {
            case .path(let list): facts.path = path(in: list, using: &random)
            case .digest(let list): facts.digest = random.oneIn(8) ? nil : random.pick(list)
            case .verity(let list): facts.verity = random.pick(list)
            case .filesystem(let list): facts.filesystem = random.pick(list)
            case .flags(let list): facts.flags.insert(random.pick(list))
            default: break
            }
        }
        return facts
    }

    // MARK: Paths

    private func path(using random: inout SplitMix64) -> ObservedPath {
        if random.oneIn(8) { return ObservedPath(bytes: [], unresolvable: .anonymous) }
        return ObservedPath(bytes: RandomPaths.path(near: patterns, using: &random))
    }

    private func path(in list: PathList, using random: inout SplitMix64) -> ObservedPath {
        if list.unresolvable, list.patterns.isEmpty || random.oneIn(3) {
            return ObservedPath(bytes: [], unresolvable: .detached)
        }
        let bytes = RandomPaths.instance(of: alternatives[random.pick(list.patterns)] ?? [[]], using: &random)
        return ObservedPath(bytes: Array(bytes.prefix(PathPattern.maximumLength)))
    }

    private func cgroup(using random: inout SplitMix64) -> ObservedPath {
        guard random.oneIn(8) else { return path(using: &random) }
        let id = RandomConditions.containerID(random.pick(["0", "5", "e", "g"]))
        return ObservedPath("/system.slice/\(random.pick(["docker", "libpod", "x"]))-\(id).scope")
    }
}
