// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import CKernelActs
import EndpointModel
import Glibc
import KernelABI

/// What a kernel does to programs at a bad moment: attempts that a page fault or a file system holds, memory that many
/// want at once.
enum HazardScenarios {
    private static let refused = -EPERM
    private static let user: UInt32 = 65534

    static let all: [Scenario] = [
        Scenario("attempts held in a page fault are decided by the policy in force when they go on, and hold up nobody")
        {
            lab in
            let attempts = try Held(in: try Lab.folder("held"))
            for denied in [true, false] {
                try await lab.setPolicies(attempts.policies(denied: !denied))
                let free = try await changes(lab, 3) { attempts.policies(denied: $0 % 2 == 0) }
                try await lab.setPolicies(attempts.policies(denied: !denied))
                try attempts.begin()
                let held = try await changes(lab, 5) { attempts.policies(denied: ($0 % 2 == 0) == denied) }
                try expect(Lab.exec(Lab.deniedProgram), refused, "somebody else's denied execution")
                try expect(Lab.exec(Lab.tiny), 0, "somebody else's allowed execution")
                for (name, result) in attempts.end() {
                    try expect(result, denied ? refused : 0, "\(name), held while the policy changed")
                }
                try requireBounded(held: held, free: free)
            }
        },
        Scenario(
            "64 threads at once on long paths of their own: each verdict is its path's, each event tells that path"
        ) {
            lab in
            let rounds = 10
            let tree = try longTree("crowded", threads: 64)
            try await lab.setPolicies([Make.policy(Make.deny(.fileOpen, object: Make.path(tree + "/*/denied")))])
            lab.forgetEvents()
            let before = (try Counters.value(SP_COUNT_NO_SCRATCH), try Counters.value(SP_COUNT_REFUSED_BLIND))
            let mistaken = acts_open_each_by_threads(tree, user, Int32(rounds))
            let found = (
                memory: try Counters.value(SP_COUNT_NO_SCRATCH) &- before.0,
                blind: try Counters.value(SP_COUNT_REFUSED_BLIND) &- before.1
            )
            try require(mistaken >= 0, "\(-mistaken) denied files were opened, or opens failed otherwise")
            // Without memory for a path an attempt is refused; never more often than is counted.
            try require(
                UInt64(mistaken) <= found.blind, "\(mistaken) allowed opens were refused, \(found.blind) counted")
            try require(found.blind <= found.memory, "\(found.blind) refused blind, \(found.memory) without memory")
            try await allDenialsAreTold(lab, tree, rounds)
            say("    \(found.memory) without scratch memory, \(mistaken) allowed opens refused for it")
        },
    ]

    // MARK: Attempts in a page fault

    /// One attempt of each kind.
    private final class Held {
        private let exec: String
        private let files: String
        private var held: [(name: String, attempt: acts_held)] = []

        init(in folder: String) throws {
            (files, exec) = (folder + "/files", folder + "/exec")
            for folder in [files, exec] { mkdir(folder, 0o755) }
            _ = try Lab.file(files + "/file")
            try Lab.copy(Lab.tiny, to: exec + "/program")
        }

        func policies(denied: Bool) -> [Policy] {
            let own = Make.exe(Lab.own)
            let rules = [
                Make.rule("files", .deny, on: [.fileOpen, .fileSetAttributes], object: Make.path(files + "/*")),
                Make.deny(.processExec, name: "exec", object: Make.path(exec + "/*")),
                Make.deny(.processOpen, name: "memory", subject: own, object: own),
            ]
            return [Make.denyTree] + (denied ? [Policy(name: "held", rules: rules)] : [])
        }

        func begin() throws {
            let ways: [(String, acts_holding, String)] = [
                ("openat", ACTS_HOLD_OPEN, files + "/file"), ("execve", ACTS_HOLD_EXEC, exec + "/program"),
                ("execve by an argument", ACTS_HOLD_EXEC_ARGUMENT, exec + "/program"),
                ("setxattr", ACTS_HOLD_ATTRIBUTE, files + "/file"), ("process_vm_readv", ACTS_HOLD_READ_MEMORY, ""),
            ]
            for (name, way, path) in ways {
                var attempt = acts_held()
                try expect(acts_hold(way, path, getpid(), &attempt), 0, "hold \(name)")
                held.append((name, attempt))
            }
        }

        func end() -> [(name: String, result: Int32)] {
            defer { held = [] }
            return held.map { name, attempt in
                var attempt = attempt
                return (name, acts_release(&attempt))
            }
        }
    }

    // MARK: How long changes take

    /// Milliseconds that each of `count` changes of policy took.
    static func changes(_ lab: Lab, _ count: Int, to policies: (Int) -> [Policy]) async throws -> [Int64] {
        var taken: [Int64] = []
        for number in 0..<count {
            let clock = ContinuousClock()
            let start = clock.now
            try await lab.setPolicies(policies(number))
            taken.append(milliseconds(clock.now - start))
        }
        return taken
    }

    /// Changes don't wait for what is held: they take what they take anyway, on a machine with others' load on it.
    static func requireBounded(held: [Int64], free: [Int64]) throws {
        say("    changes took \(free) ms, and \(held) ms with attempts held")
        let bound = max(5000, 5 * (free.max() ?? 0))
        try require(held.allSatisfy { $0 <= bound }, "changes took up to \(held.max() ?? 0) ms, \(bound) are allowed")
    }

    // MARK: A crowd

    /// A directory whose path is 3,500 bytes long, with a directory for each thread in it.
    private static func longTree(_ name: String, threads: Int) throws -> String {
        var tree = try Lab.folder(name)
        while tree.utf8.count < 3_500 {
            tree += "/" + String(repeating: "x", count: 100)
            mkdir(tree, 0o755)
        }
        for thread in 0..<threads {
            mkdir("\(tree)/\(thread)", 0o755)
            for file in ["allowed", "denied"] { _ = try Lab.file("\(tree)/\(thread)/\(file)") }
        }
        return tree
    }

    /// Waits until every denial is reported, or counted in a gap, and none of another path.
    private static func allDenialsAreTold(_ lab: Lab, _ tree: String, _ rounds: Int) async throws {
        let expected = Set(stride(from: 1, to: 64, by: 2).map { "\(tree)/\($0)/denied" })
        var missing = 0
        for _ in 0..<200 {
            var told: [String: Int] = [:]
            missing = expected.count * rounds
            for element in lab.collected {
                switch element {
                case .event(let event) where event.operation == .fileOpen && event.decision.verdict == .deny:
                    guard case .file(let file, _) = event.object else { continue }
                    if file.path.unresolvable != .noMemory { told[file.path.text, default: 0] += 1 }
                    missing -= 1
                case .gap(let gap): missing -= Int(gap.denied)
                default: break
                }
            }
            let strange = told.keys.filter { !expected.contains($0) }
            try require(strange.isEmpty, "denials of paths that aren't denied: \(strange.prefix(2))")
            try require(told.values.allSatisfy { $0 <= rounds }, "a path was denied more often than it was tried")
            if missing <= 0 { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure("\(missing) denials weren't reported")
    }
}
