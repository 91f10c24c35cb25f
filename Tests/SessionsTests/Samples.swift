// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Testing

/// Values with every field set to something else than its default.
enum Samples {
    static func question(_ id: UInt64, path: String) -> Question {
        Question(
            id: id, operation: .processExec,
            subject: Process(identity: ProcessIdentity(pid: 42, startTime: 7, execCount: 1)),
            file: FileObject(path: ObservedPath(path)), askedAt: 1, deadline: 2, fallback: .deny)
    }

    static var status: PlatformStatus {
        PlatformStatus(
            ready: true, version: "1.2.3", tier: .gate, sealed: true, kernel: "6.12.95+deb12-amd64", pid: 4711,
            startedAt: 1_700_000_000_000_000_001, generation: 9, policies: 2, rules: 3, vendors: 4, processes: 5,
            events: EventCounts(delivered: 6, lost: 7, denied: 8, unresolvable: 9))
    }

    static var coverage: Coverage {
        Coverage(
            tier: .observe, reason: "LSM bpf is not active", kernel: "6.1.0",
            operations: Operation.allCases.enumerated().map { index, operation in
                OperationCoverage(
                    operation: operation, notify: index % 2 == 0, deny: index % 2 == 1, ask: index == 2,
                    reason: "reason \(index)")
            })
    }

    static func receipt(policies: Int) -> PolicyReceipt {
        PolicyReceipt(generation: 7, policies: policies, rules: 2, patterns: 3, states: 4, notes: ["split in two"])
    }

    /// A short one.
    static func policy(_ name: String, pattern: String = "/tmp/**") throws -> Policy {
        Policy(
            name: name, vendor: "acme", summary: "für Leute", mode: .audit,
            rules: [
                Rule(
                    name: "packages", operations: [.processExec, .imageLoad],
                    subject: Condition(all: [], not: [.exe(PathList([try PathPattern("/usr/bin/dpkg")]))]),
                    action: .allow),
                Rule(
                    name: "tmp", operations: [.processExec],
                    object: Condition(.path(PathList([try PathPattern(pattern)], unresolvable: true))), action: .deny),
            ])
    }

    static func digest(_ number: UInt8) -> Digest {
        Digest(bytes: (0..<UInt8(Digest.byteCount)).map { $0 &+ number })!
    }

    /// Every field that a condition can have, with several values.
    static func fieldConditions() throws -> [FieldCondition] {
        let list = PathList([try PathPattern("/usr/bin/*"), try PathPattern("/opt/{a,b}/**")], unresolvable: true)
        let capabilities = try (0..<Capability.names.count).map { try #require(Capability(number: $0)) }
        return try Field.allCases.map { field in
            switch field {
            case .path: .path(list)
            case .digest: .digest([digest(0), digest(200)])
            case .verity: .verity([digest(7)])
            case .filesystem: .filesystem(["ext4", "fuse.sshfs"])
            case .flags: .flags(FileFlag.allCases)
            case .exe: .exe(list)
            case .user: .user([.id(0), .id(4_294_967_294), .name("www-data")])
            case .group: .group([.name("größe"), .id(5)])
            case .cgroup: .cgroup(PathList([try PathPattern("/system.slice/**")]))
            case .ancestor: .ancestor(list)
            case .interpreter: .interpreter(PathList([], unresolvable: true))
            case .capability: .capability(capabilities)
            case .container: .container([.any, .id("0123456789ab")])
            case .vendor: .vendor(["acme", "site"])
            }
        }
    }

    /// A policy in which every field is set to something else than its default.
    static func fullPolicy(_ name: String = "full") throws -> Policy {
        let conditions = try fieldConditions()
        let everything = Condition(all: conditions, not: conditions.reversed())
        return Policy(
            name: name, vendor: "acme", summary: "für Leute", mode: .audit, whenUncovered: .audit, scope: everything,
            rules: [
                Rule(
                    name: "everything", operations: Operation.allCases, subject: everything,
                    object: Condition(all: conditions, not: []), access: Access.allCases,
                    signals: try (0...Int(Signal.maximum)).map { try #require(Signal(number: $0)) },
                    mappings: MappingKind.allCases, areas: KernelArea.allCases, action: .ask, unknownDigest: .allow,
                    timeoutMilliseconds: 1500, onTimeout: .deny),
                Rule(
                    name: "others", operations: [.fileOpen], object: Condition(all: [], not: conditions),
                    action: .deny, unknownDigest: .deny, timeoutMilliseconds: 0, onTimeout: .allow),
            ])
    }

    static func process(_ pid: Int32) -> Process {
        var process = Process(identity: ProcessIdentity(pid: pid, startTime: 1000 + UInt64(pid), execCount: 3))
        process.parent = ProcessIdentity(pid: 1, startTime: 1, execCount: 2)
        process.thread = pid + 1
        process.exe = ObservedPath(bytes: Array("/usr/bin/\u{1B}[31mevil".utf8) + [0xFF, 0xFE], unresolvable: .raced)
        process.command = "evil"
        process.arguments = ["evil", "", "-c", "echo \"ü\""]
        process.argumentsTruncated = true
        process.workingDirectory = ObservedPath("/srv")
        process.credentials.uid = 1
        process.credentials.gid = 2
        process.credentials.effectiveUID = 3
        process.credentials.effectiveGID = 4
        process.credentials.effectiveCapabilities = 1 << 63
        process.credentials.loginUID = 1000
        process.cgroup.id = 77
        process.cgroup.path = "/system.slice/evil.service"
        process.namespaces.mount = 1
        process.namespaces.pid = 2
        process.namespaces.network = 3
        process.namespaces.user = 4
        process.namespaces.uts = 5
        process.namespaces.ipc = 6
        process.namespaces.cgroup = 7
        process.provenance = .found
        return process
    }

    static func event(
        _ sequence: UInt64, _ operation: Operation = .imageLoad, object: EventObject = .none,
        details: EventDetails = EventDetails()
    ) -> Event {
        Event(
            sequence: sequence, time: 1_700_000_000_000_000_000 + sequence, monotonicTime: sequence * 2,
            operation: operation,
            decision: Decision(verdict: .deny, policy: "p", rule: "r", vendor: "site", generation: 4),
            subject: process(42), object: object, details: details)
    }

    /// Every detail that an event can have.
    static var details: EventDetails {
        var details = EventDetails()
        details.access = Set(Access.allCases)
        details.way = "/proc/PID/mem"
        details.signal = Signal(number: 9)
        details.mappings = Set(MappingKind.allCases)
        details.area = .sysctl
        details.target = ObservedPath(bytes: [0x2F, 0xFF, 0x0A], unresolvable: .detached)
        details.credentials = process(7).credentials
        details.name = "nf_tables\u{1B}"
        return details
    }

    static var file: FileObject {
        var file = FileObject(path: ObservedPath("/tmp/x"))
        file.identity.device = 0x0080_0001
        file.identity.inode = 1 << 40
        file.identity.generation = 5
        file.mode = 0o104755
        file.ownerUID = 6
        file.ownerGID = 7
        file.size = 1 << 33
        file.flags = [.tmpfs, .setuid, .overlayUpper, .mprotect]
        return file
    }

    static var gap: Gap {
        Gap(place: .subscriber, missing: 5...9, counts: [.processExec: 2, .imageLoad: 3], denied: 4)
    }
}
