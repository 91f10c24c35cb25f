// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyLanguage
import Testing

@Suite struct RoundTripTests {
    @Test func aPolicyWrittenAsYAMLIsReadBackAsItWas() throws {
        var random = Random(state: 0x5a11_7902)
        var read = 0
        for number in 0..<2000 {
            let policy = random.policy(number)
            let text = PolicyDocument.yaml(for: policy)
            let document = PolicyFile.parse(text)
            // Random rules may be unreachable; nothing else may be wrong with them.
            let errors = document.diagnostics.filter { $0.severity == .error }
            if errors.isEmpty {
                try #require(document.policies == [policy], "\(text)")
                read += 1
            } else {
                try #require(
                    errors.allSatisfy {
                        $0.message.contains("is unreachable") || $0.message.contains("matches nothing")
                    },
                    "\(errors)\n\(text)")
            }
        }
        #expect(read > 1000)
    }

    @Test func theTextIsTheOneThatPeopleWrite() throws {
        let policy = try #require(PolicyFile.parse(PolicyFile.text(replacing: [7: "  mode: audit"])).policies.first)
        #expect(
            PolicyDocument.yaml(for: policy) == """
                apiVersion: sallyport.dev/v1
                kind: Policy
                metadata:
                  name: no-code-from-tmp
                  vendor: site
                spec:
                  mode: audit
                  rules:
                    - name: package-manager
                      on: [process.exec, image.load]
                      subject:
                        exe:
                          - '/usr/bin/dpkg'
                          - '/usr/bin/apt*'
                      action: allow
                    - name: world-writable
                      on: [process.exec, image.load]
                      object:
                        path:
                          - '/tmp/**'
                          - unresolvable
                      action: deny

                """)
    }
}

/// Policies with patterns that are awkward to write in YAML.
private struct Random {
    var state: UInt64

    mutating func below(_ count: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(count))
    }

    mutating func policy(_ number: Int) -> Policy {
        let scope = maybe(3) ? condition(Field.ofProcesses) : nil
        let asksForDigest = scope.map { ($0.all + $0.not).contains { $0.field == .digest } } ?? false
        let rules = (0..<1 + below(4)).map { rule($0, scopeAsksForDigest: asksForDigest) }
        return Policy(
            name: "p.\(number)", vendor: below(2) == 0 ? "site" : "acme-1",
            summary: ["", "it's: \"so\" # no", "ä€😀 -"][below(3)],
            mode: below(2) == 0 ? .enforce : .audit, whenUncovered: maybe(1) ? .audit : .refuse, scope: scope,
            rules: rules)
    }

    private mutating func rule(_ number: Int, scopeAsksForDigest: Bool) -> Rule {
        let description = OperationCatalogue.all.filter(\.canDeny)[below(OperationCatalogue.all.count - 1)]
        var rule = Rule(
            name: ["on", "null", "1e3", "true"][number], operations: [description.operation],
            subject: maybe(3) ? condition(Field.ofProcesses) : nil,
            object: maybe(1) && !description.fields.isEmpty ? condition(description.object.fields) : nil,
            action: maybe(1) ? .allow : .deny)
        if maybe(1) { rule.access = some(of: description.access) }
        if description.hasSignal, maybe(1) {
            rule.signals = some(of: (0...64).map { Signal(number: $0)! })
        }
        if description.hasMapping, maybe(1) { rule.mappings = some(of: MappingKind.allCases) }
        if description.hasArea, maybe(1) { rule.areas = some(of: KernelArea.allCases) }
        if description.canAsk, maybe(1) {
            rule.action = .ask
            rule.onTimeout = maybe(1) ? .allow : .deny
            if maybe(1) { rule.timeoutMilliseconds = [10, 500, 1000, 60_000][below(4)] }
        }
        if rule.asksForDigest || scopeAsksForDigest { rule.unknownDigest = maybe(1) ? .allow : .deny }
        return rule
    }

    /// True once in 1 + `count` times.
    private mutating func maybe(_ count: Int) -> Bool { below(1 + count) == 0 }

    /// A few, each once.
    private mutating func some<Value: Hashable>(of values: [Value]) -> [Value] {
        guard !values.isEmpty else { return [] }
        var chosen: [Value] = []
        for _ in 0..<1 + below(3) {
            let value = values[below(values.count)]
            if !chosen.contains(value) { chosen.append(value) }
        }
        return chosen
    }

    mutating func condition(_ fields: [Field]) -> Condition {
        let fields = fields.filter { $0 != .vendor }
        var condition = Condition()
        if !maybe(3) { for field in some(of: fields) { condition.all.append(self.field(field)) } }
        if condition.all.isEmpty || maybe(2) {
            for field in some(of: fields) { condition.not.append(self.field(field)) }
        }
        return condition
    }

    private mutating func field(_ field: Field) -> FieldCondition {
        let digests = ["00", "a7", "fe"].map { Digest(String(repeating: $0, count: 32))! }
        let accounts: [Account] = [.id(0), .id(4_294_967_294), .name("root"), .name("~"), .name("it's"), .name("#ä\\")]
        return switch field {
        case .path: .path(list())
        case .exe: .exe(list())
        case .cgroup: .cgroup(list())
        case .ancestor: .ancestor(list())
        case .interpreter: .interpreter(list())
        case .digest: .digest(some(of: digests))
        case .verity: .verity(some(of: digests))
        case .filesystem: .filesystem(some(of: ["ext4", "9p", "binfmt_misc", "-", "1.0", "null"]))
        case .flags: .flags(some(of: FileFlag.selectable))
        case .user: .user(some(of: accounts))
        case .group: .group(some(of: accounts))
        case .capability: .capability(some(of: Capability.names.indices.map { Capability(number: $0)! }))
        case .container: .container(some(of: [.any, .id("0123456789ab"), .id("012345678901")]))
        case .vendor: .vendor(["acme"])
        }
    }

    private mutating func list() -> PathList {
        var list = PathList([], unresolvable: maybe(2))
        for _ in 0..<(list.unresolvable ? 0 : 1) + below(3) {
            let pattern = pattern()
            if !list.patterns.contains(pattern) { list.patterns.append(pattern) }
        }
        return list
    }

    private mutating func pattern() -> PathPattern {
        let pieces = [
            "a", " ", "'", "\"", "#", ": ", "- ", "\n", "\t", "\u{7f}", "\u{85}", "\u{2028}", "\u{feff}", "ä", "😀",
            "\u{e000}",
            "\\\\", "\\*", "{a,b}", "[!a-z]", "*", "?", "/**", "&x", "!y", "|", "%", "@", "`", "~", "\u{1}",
        ]
        while true {
            var text = below(4) == 0 ? "**/" : "/"
            for _ in 0..<1 + below(5) { text += pieces[below(pieces.count)] }
            if let pattern = try? PathPattern(text) { return pattern }
        }
    }
}
