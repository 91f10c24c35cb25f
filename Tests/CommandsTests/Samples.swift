// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Testing

/// Values for rendering: honest ones, and ones that an attacker would choose.
enum Samples {
    static let hostile = Array("/tmp/\u{1B}[2J\u{7}\u{202E}exe.\r\nDENY x\\\u{200B}".utf8) + [0xFF, 0xC3]

    static func process(_ pid: Int32, exe: ObservedPath, parent: ProcessIdentity? = nil) -> Process {
        var process = Process(identity: ProcessIdentity(pid: pid, startTime: UInt64(pid) * 1000, execCount: 1))
        process.parent = parent
        process.exe = exe
        process.command = "command\u{1B}"
        process.arguments = ["x", "--flag", "two words", "\u{1B}]0;title\u{7}", "it's"]
        return process
    }

    static func event(
        _ operation: Operation = .processExec, verdict: Verdict = .deny,
        exe: ObservedPath = ObservedPath("/usr/lib/x86_64-linux-gnu/some/deep/directory/program"),
        object: EventObject = .file(
            FileObject(path: ObservedPath("/home/user/Downloads/installer.run")), interpreter: nil),
        details: EventDetails = EventDetails()
    ) -> Event {
        Event(
            sequence: 7, time: 1_700_000_000_000_000_001, monotonicTime: 5, operation: operation,
            decision: verdict == .allow
                ? Decision(verdict: .allow)
                : Decision(
                    verdict: verdict, policy: "no-code-from-tmp", rule: "world-writable", vendor: "site", generation: 3),
            subject: process(4711, exe: exe, parent: ProcessIdentity(pid: 1, startTime: 1, execCount: 1)),
            object: object, details: details)
    }

    static let gap = Gap(place: .subscriber, missing: 5...9, counts: [.processExec: 2, .imageLoad: 3], denied: 4)

    static var elements: [StreamElement] {
        var script = FileObject(path: ObservedPath(bytes: hostile))
        script.flags = [.script, .tmpfs, .mprotect]
        script.mode = 0o100755
        let hostilePath = ObservedPath(bytes: hostile, unresolvable: .privateNamespace)
        var bare = event(.imageLoad, verdict: .allow, exe: ObservedPath(""))
        bare.subject.parent = nil
        bare.subject.workingDirectory = hostilePath
        bare.subject.credentials.loginUID = 1000
        return [
            .event(event()),
            .event(event(.imageLoad, verdict: .audit, object: .file(script, interpreter: hostilePath))),
            .event(event(.processExit, verdict: .allow, exe: hostilePath, object: .exit(status: 9))),
            .event(event(.processExit, verdict: .allow, object: .exit(status: 3 << 8))),
            .event(event(.processCreate, object: .process(ProcessIdentity(pid: 9, startTime: 10, execCount: 11)))),
            .event(event(object: .none)),
            .event(bare),
            .gap(gap),
            .gap(Gap(place: .kernel)),
        ]
    }

    static func installedPolicy() throws -> InstalledPolicy {
        let rules = [
            Rule(
                name: "packages", operations: [.processExec],
                subject: Condition(all: [], not: [.exe(PathList([try PathPattern("/usr/bin/apt*")]))]), action: .allow),
            Rule(
                name: "tmp", operations: [.processExec, .imageLoad],
                object: Condition(.path(PathList([try PathPattern("/tmp/**")], unresolvable: true))), action: .deny),
        ]
        return InstalledPolicy(
            policy: Policy(name: "no-code-from-tmp", summary: "evil\u{1B}[0m summary", mode: .audit, rules: rules),
            installedAt: 1_700_000_000_000_000_000)
    }

    /// Every field that a condition can have.
    static func fieldConditions() throws -> [FieldCondition] {
        let list = PathList([try PathPattern("/usr/bin/*"), try PathPattern("/opt/{a,b}/**")], unresolvable: true)
        let digest = try #require(Digest(bytes: Array(repeating: 0xAB, count: Digest.byteCount)))
        return try Field.allCases.map { field in
            switch field {
            case .path: .path(list)
            case .digest: .digest([digest])
            case .verity: .verity([digest])
            case .filesystem: .filesystem(["ext4"])
            case .flags: .flags(FileFlag.selectable)
            case .exe: .exe(list)
            case .user: .user([.id(0), .name("www-data")])
            case .group: .group([.name("größe")])
            case .cgroup: .cgroup(list)
            case .ancestor: .ancestor(list)
            case .interpreter: .interpreter(PathList([], unresolvable: true))
            case .capability: .capability([try #require(Capability(number: 21))])
            case .container: .container([.any, .id("0123456789ab")])
            case .vendor: .vendor(["acme"])
            }
        }
    }

    /// Every field that a policy can have; no policy that makes sense.
    static func fullPolicy() throws -> InstalledPolicy {
        let conditions = try fieldConditions()
        let rule = Rule(
            name: "everything", operations: Operation.allCases, subject: Condition(all: conditions, not: conditions),
            object: Condition(all: [], not: conditions), access: Access.allCases,
            signals: [try #require(Signal("KILL")), try #require(Signal(number: 40))], mappings: MappingKind.allCases,
            areas: KernelArea.allCases, action: .ask, unknownDigest: .allow, timeoutMilliseconds: 500, onTimeout: .deny)
        return InstalledPolicy(
            policy: Policy(
                name: "full", whenUncovered: .audit, scope: Condition(all: conditions, not: []), rules: [rule]),
            installedAt: 1)
    }

    static let status = PlatformStatus(
        ready: true, version: "1.0", tier: .enforce, sealed: false, kernel: "6.12.95+deb12-amd64", pid: 7,
        startedAt: 1_700_000_000_000_000_000, generation: 3, policies: 1, rules: 2, vendors: 0, processes: 120,
        events: EventCounts(delivered: 1, lost: 2, denied: 3, unresolvable: 4))

    static let coverage = Coverage(
        tier: .observe, reason: "the LSM bpf isn't active: boot with lsm=lockdown,yama,bpf", kernel: "6.1.0-1-amd64",
        operations: Operation.allCases.map {
            OperationCoverage(
                operation: $0, notify: true, deny: false, ask: false,
                reason: "the LSM bpf isn't active, without which no operation can be refused inside the kernel")
        })
}
