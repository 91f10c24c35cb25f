// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Random conditions on every field, and the few values that they are made from.
struct RandomConditions {
    /// Whether paths are patterns that multiply each other's states, so that they are spread over several automata.
    var multiply = false

    static let digests = (0..<5).map { number in
        // Those that differ in their last byte only, and those that differ in the first.
        var bytes = [UInt8](repeating: 0xa0, count: Digest.byteCount)
        bytes[number % 2 == 0 ? 0 : 31] = UInt8(number)
        return Digest(bytes: bytes)!
    }
    static let filesystems = ["ext4", "tmpfs", "overlay", "xfs"]
    static let capabilities = [0, 21, 40].map { Capability(number: $0)! }
    static let users: [Account] = [.id(0), .name("root"), .id(7), .id(1000), .name("alice"), .name("alias")]
    static let groups: [Account] = [.id(0), .id(5), .name("wheel"), .id(50), .name("staff"), .id(1000)]
    /// Whole ids. (A part of an id is many states: `ContainerTests` has those.)
    static let containers: [ContainerSelector] = ["0", "5", "f"].map { .id(containerID($0)) }
    static func containerID(_ digit: String) -> String { "0123456789ab" + String(repeating: digit, count: 52) }
    private static let paths = ["/usr/bin/a", "/usr/**", "/tmp/**", "/tmp/*", "/**", "/a/b", "/a/*", "/"].map {
        try! PathPattern($0)
    }

    private static let multiplying = ["a", "b", "ab", "tmp", "usr"].flatMap { first in
        ["a", "b", "x"].map { try! PathPattern("/**/\(first)/**/\($0)") }
    }

    /// Up to `most` fields that must be so, and now and then some that mustn't.
    func condition(_ fields: [Field], most: Int, using random: inout SplitMix64) -> Condition? {
        let all = pick(fields, random.below(most + 1), using: &random)
        let not = random.oneIn(3) ? pick(fields, 1 + random.below(3), using: &random) : []
        guard !all.isEmpty || !not.isEmpty else { return nil }
        return Condition(
            all: all.map { self.field($0, using: &random) }, not: not.map { self.field($0, using: &random) })
    }

    private func pick(_ fields: [Field], _ count: Int, using random: inout SplitMix64) -> [Field] {
        // Where automata are to be put to the test, most clauses have several conditions on one path.
        let paths: [Field] = random.oneIn(4) ? [.path, .exe, .cgroup, .interpreter] : [.path, .exe]
        let fields = multiply ? fields.filter(paths.contains) : fields
        guard !fields.isEmpty else { return [] }
        var result: [Field] = []
        for _ in 0..<count {
            // The patterns of containers are long: rarer, so that tests stay fast.
            let field = random.pick(fields.filter { $0 != .vendor && ($0 != .container || random.oneIn(3)) })
            if !result.contains(field) { result.append(field) }
        }
        return result
    }

    private func field(_ field: Field, using random: inout SplitMix64) -> FieldCondition {
        func some<Element: Equatable>(_ elements: [Element]) -> [Element] {
            RandomPolicies.some(elements, using: &random)
        }
        switch field {
        case .path: return .path(list(using: &random))
        case .digest: return .digest(some(Self.digests))
        case .vendor: preconditionFailure("no vendors are registered")
        case .filesystem: return .filesystem(some(Self.filesystems))
        case .flags: return .flags(some(FileFlag.selectable))
        case .verity: return .verity(some(Self.digests))
        case .exe: return .exe(list(using: &random))
        case .user: return .user(some(Self.users))
        case .group: return .group(some(Self.groups))
        case .cgroup: return .cgroup(list(using: &random))
        case .ancestor: return .ancestor(list(using: &random))
        case .interpreter: return .interpreter(list(using: &random))
        case .capability: return .capability(some(Self.capabilities))
        case .container: return .container(random.oneIn(12) ? [.any] : some(Self.containers))
        }
    }

    private func list(using random: inout SplitMix64) -> PathList {
        let unresolvable = random.oneIn(4)
        let count = (unresolvable ? 0 : 1) + random.below(2)
        let patterns = (0..<count).map { _ -> PathPattern in
            if multiply { return random.pick(Self.multiplying) }
            return random.oneIn(2) ? random.pick(Self.paths) : RandomPaths.pattern(using: &random)
        }
        return PathList(patterns, unresolvable: unresolvable)
    }
}
