// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// 16,384 patterns in bounded time and memory. The bounds hold for release builds; a debug build compiles fewer patterns
/// and checks the rest.
@Suite(.serialized) struct ScaleTests {
    #if DEBUG
    private static let count = 1024
    #else
    private static let count = 16_384
    #endif
    private static let words = [
        "server", "client", "agent", "tool", "daemon", "helper", "update", "config", "monitor", "bridge", "worker",
        "index", "cache", "proxy", "shell", "core",
    ]

    private func policy(_ pattern: (Int, inout SplitMix64) -> String) -> Policy {
        var random = SplitMix64(seed: 42)
        return .fixture(
            "patterns",
            (0..<Self.count / 4).map { rule in .deny("r\(rule)", (0..<4).map { pattern(rule * 4 + $0, &random) }) })
    }

    private func compile(_ policy: Policy, seconds: Int = 5) throws -> PolicyTables {
        resetPeak()
        let start = processorTime()
        let tables = try PolicyCompiler.compile([policy])
        let duration = processorTime() - start
        let peak = memory("VmHWM")
        #expect(peak > 0)
        #expect(peak < 500_000, "kilobytes, of the whole process")
        #if !DEBUG
        #expect(duration < .seconds(seconds))
        #endif
        print("\(policy.name): \(duration), \(peak) kB, \(tables.statistics)")
        return tables
    }

    /// The time this thread has used: tests that run beside this one don't count.
    private func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// Starts the process's peak resident size anew (proc(5), clear_refs).
    private func resetPeak() {
        guard let file = fopen("/proc/self/clear_refs", "w") else { return }
        fputs("5", file)
        fclose(file)
    }

    /// A line of /proc/self/status, kilobytes.
    private func memory(_ key: String) -> Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        let text = String(decoding: bytes[..<count], as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix(key + ":") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
    }

    @Test func sixteenThousandLiteralPathsCompileInBoundedTimeAndMemory() throws {
        let word = { (random: inout SplitMix64) in random.pick(Self.words) }
        let policy = policy { number, random in
            "/opt/\(word(&random))-\(random.below(400))/lib/\(word(&random))/\(word(&random))-\(number).so"
        }
        let tables = try compile(policy)
        #expect(tables.automata == 1)
        #expect(tables.statistics.patterns == Self.count)
        for rule in policy.rules {
            for pattern in rule.objectPatterns {
                #expect(tables.verdict(pattern.text) == .deny)
                #expect(tables.verdict(pattern.text + "x") == .allow)
            }
        }
    }

    @Test func sixteenThousandGlobsCompileInBoundedTimeAndMemory() throws {
        let word = { (random: inout SplitMix64) in random.pick(Self.words) }
        let policy = policy { number, random in
            switch number % 4 {
            case 0: "/home/*/.\(word(&random))/\(word(&random))-\(number)/**"
            case 1: "/srv/\(word(&random))/**/\(word(&random))-\(number)"
            case 2: "/opt/\(word(&random))-\(number)/{bin,sbin,lib/[a-z]*}/**"
            default: "/usr/lib/\(word(&random))/plugin-\(number)-?[0-9]*.so"
            }
        }
        let tables = try compile(policy)
        #expect(tables.automata == 1)
        var random = SplitMix64(seed: 43)
        let reference = ReferenceEvaluator([policy])
        let patterns = policy.rules.flatMap(\.objectPatterns)
        var denied = 0
        for _ in 0..<200 {
            let path = ObservedPath(bytes: RandomPaths.path(near: patterns, using: &random))
            let expected = reference.decide(.exec(path))
            #expect(tables.decide(.exec(path)).verdict == expected.verdict)
            if expected.verdict == .deny { denied += 1 }
        }
        #expect(denied > 40 && denied < 160)
    }

    @Test func aRuleForEachOfFourThousandUsersAndDigestsCompilesInBoundedTimeAndMemory() throws {
        let count = Self.count / 4
        let rules = (0..<count).map { number in
            Rule(
                name: "r\(number)", operations: [.processExec],
                subject: Condition(.user([.id(UInt32(number * 7))]), .exe(.fixture(["/srv/u\(number)/**"]))),
                object: Condition(.digest([.fixture(number), .fixture(number + count)])), action: .deny,
                unknownDigest: .allow)
        }
        let tables = try compile(.fixture("values", rules), seconds: 2)
        #expect(tables.values.count == count && tables.digests.count == 2 * count)
        var random = SplitMix64(seed: 44)
        for _ in 0..<100 {
            let number = random.below(count)
            let subject = ProcessFacts(exe: ObservedPath("/srv/u\(number)/bin/a"), user: UInt32(number * 7))
            var file = FileFacts(path: ObservedPath("/x"), digest: .fixture(number + random.below(2) * count))
            #expect(
                tables.rule(Attempt(operation: .processExec, subject: subject, object: .file(file))) == "r\(number)")
            file.digest = .fixture(number + 1)
            #expect(
                tables.decide(Attempt(operation: .processExec, subject: subject, object: .file(file))).rule == nil)
        }
    }

    @Test func aListOfAMillionDigestsCompilesInBoundedTimeAndMemory() throws {
        #if DEBUG
        let count = 50_000
        #else
        let count = 1_000_000
        #endif
        let known = Rule(
            name: "known", operations: [.processExec], object: Condition(.digest((0..<count).map { .fixture($0) })),
            action: .allow, unknownDigest: .deny)
        let bad = Rule(
            name: "bad", operations: [.processExec], object: Condition(.digest([.fixture(7), .fixture(-1)])),
            action: .deny, unknownDigest: .allow)
        let rest = Rule(name: "rest", operations: [.processExec], action: .deny)
        let tables = try compile(.fixture("digests", [bad, known, rest]))
        #expect(tables.digests.count == count + 1)
        #expect(tables.sets.count < 100)
        #expect(zip(tables.digests, tables.digests.dropFirst()).allSatisfy { $0 < $1 })
        func rule(_ digest: Digest?) -> String {
            let file = FileFacts(path: ObservedPath("/x"), digest: digest)
            return tables.rule(
                Attempt(operation: .processExec, subject: ProcessFacts(exe: ObservedPath("/a")), object: .file(file)))
        }
        #expect(rule(.fixture(3)) == "known" && rule(.fixture(count - 1)) == "known")
        #expect(rule(.fixture(7)) == "bad" && rule(.fixture(-1)) == "bad")
        #expect(rule(.fixture(count)) == "rest" && rule(nil) == "rest")
    }
}
