// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel
import KernelABI
import KernelPrograms
import PolicyCompiler
import PolicyInstaller

/// The kernel's decision functions without a hook: loaded and run by BPF_PROG_TEST_RUN. Nothing is attached, so this
/// runs on any machine that lets root load programs.
struct KernelDecisions {
    let object: BPFObject
    private let installer: PolicyInstaller
    private var generation: UInt64 = 0

    init() throws {
        object = try KernelObject.sallyport.withBytes { bytes throws(BPFError) in
            try BPFObject(elf: bytes, name: "decisions")
        }
        for program in KernelProgram.allCases {
            try object.setLoads(program.rawValue, KernelProgram.test.contains(program))
        }
        try object.load()
        installer = PolicyInstaller(kernel: object, map: KernelMap.policy.rawValue)
    }

    mutating func install(_ tables: PolicyTables) throws {
        generation += 1
        try installer.install(tables, generation: generation)
    }

    /// The verdict on `attempt`, and the number of the clause that decided.
    func decide(_ attempt: Attempt) throws -> (verdict: Verdict, rule: Int?) {
        var request = sp_decide_request()
        request.operation = attempt.operation.kernelNumber
        request.access = attempt.accessNumber
        request.signal = attempt.signalNumber
        request.mapping = attempt.mappingBits
        request.area = attempt.areaNumber
        try fill(&request, .subject, attempt.subject)
        switch attempt.object {
        case .none: request.object = 0
        case .file(let file):
            request.object = 1
            try fill(&request, file)
        case .process(let process):
            request.object = 2
            try fill(&request, .object, process)
        }
        let result = try withUnsafeMutableBytes(of: &request) { context in
            try object.run(KernelProgram.decisionTest.rawValue, context: context)
        }
        try expect(result, 0, "value of the test program")
        let verdicts: [Verdict] = [.allow, .deny, .audit]
        try require(Int(request.verdict) < verdicts.count, "verdict \(request.verdict) is none")
        return (verdicts[Int(request.verdict)], request.rule == .max ? nil : Int(request.rule))
    }

    // MARK: Requests

    /// `enum sp_side`.
    private enum Side: Int { case subject, object }

    private func fill(_ request: inout sp_decide_request, _ file: FileFacts) throws {
        request.flags = file.flags.reduce(0) { $0 | $1.bit }
        request.has_digest = file.digest == nil ? 0 : 1
        request.has_verity = file.verity == nil ? 0 : 1
        Self.store(file.digest, in: &request.digest)
        Self.store(file.verity, in: &request.verity)
        let name = Array(file.filesystem.utf8)
        withUnsafeMutableBytes(of: &request.filesystem) { $0.copyBytes(from: name.prefix($0.count - 1)) }
        try place(file.path, slot: 0, in: &request)
    }

    private func fill(_ request: inout sp_decide_request, _ side: Side, _ facts: ProcessFacts) throws {
        var process = sp_test_process()
        process.is_script = facts.isScript ? 1 : 0
        process.uid = facts.user
        process.group_count = UInt32(facts.groups.count)
        let groups = facts.groups
        try withUnsafeMutableBytes(of: &process.groups) { place in
            try groups.withUnsafeBytes { bytes in
                try require(bytes.count <= place.count, "a question has more groups than a request")
                place.copyMemory(from: bytes)
            }
        }
        process.has_ancestor = facts.ancestors.isEmpty ? 0 : 1
        process.unknown_ancestors = facts.hasUnknownAncestors ? 1 : 0
        process.has_digest = facts.digest == nil ? 0 : 1
        process.capabilities = facts.capabilities
        Self.store(facts.digest, in: &process.digest)
        withUnsafeMutableBytes(of: &request.process) {
            $0.storeBytes(
                of: process, toByteOffset: side.rawValue * MemoryLayout<sp_test_process>.stride,
                as: sp_test_process.self)
        }
        // enum sp_test_path: the executable, the cgroup and an ancestor of either side.
        let slot = 1 + 3 * side.rawValue
        try place(facts.exe, slot: slot, in: &request)
        try place(facts.cgroup, slot: slot + 1, in: &request)
        try require(facts.ancestors.count <= 1, "a question has more ancestors than a request")
        if let ancestor = facts.ancestors.first { try place(ancestor, slot: slot + 2, in: &request) }
    }

    /// The kernel's buffers hold a path before byte 4,095.
    private func place(_ path: ObservedPath, slot: Int, in request: inout sp_decide_request) throws {
        var length = UInt32.max
        if path.unresolvable == nil {
            length = UInt32(path.bytes.count)
            var buffer = [UInt8](repeating: 0, count: Self.bufferSize)
            buffer.replaceSubrange(4095 - path.bytes.count..<4095, with: path.bytes)
            try buffer.withUnsafeBytes {
                try object.update(KernelMap.testPaths.rawValue, index: UInt32(slot), value: $0)
            }
        }
        withUnsafeMutableBytes(of: &request.length) {
            $0.storeBytes(of: length, toByteOffset: slot * MemoryLayout<UInt32>.stride, as: UInt32.self)
        }
    }

    /// Each eight bytes as a big-endian number.
    private static func store<Words>(_ digest: Digest?, in words: inout Words) {
        guard let digest else { return }
        let values = digest.words
        withUnsafeMutableBytes(of: &words) { place in
            for index in values.indices {
                place.storeBytes(of: values[index], toByteOffset: index * MemoryLayout<UInt64>.stride, as: UInt64.self)
            }
        }
    }

    /// At least `sizeof(struct scratch)`; the kernel copies as much as the value has.
    private static let bufferSize = 65_536

    // MARK: The property

    /// Compiled tables, in the kernel and in Swift, and the reference evaluator agree, over all operations and fields.
    static func checkAgreement(questions: Int) throws {
        var kernel = try KernelDecisions()
        var random = SplitMix64(seed: 20_061_201)
        var asked = 0
        var outcomes: [Verdict: Int] = [:]
        var operations: Set<Operation> = []
        var sets = 0
        while asked < questions {
            let policies = RandomPolicies.policies(using: &random)
            let tables = try PolicyCompiler.compile(policies, accounts: RandomPolicies.accounts, limits: .kernel)
            try kernel.install(tables)
            sets += 1
            let reference = ReferenceEvaluator(policies, accounts: RandomPolicies.accounts)
            let source = RandomAttempts(policies)
            for _ in 0..<100 {
                let attempt = source.attempt(using: &random)
                let found = try kernel.decide(attempt)
                let expected = tables.decide(attempt)
                let decision = reference.decide(attempt)
                guard found == expected, decision.verdict == expected.verdict,
                    decision.rule == expected.rule.map({ tables.names[$0].rule }) ?? ""
                else { throw try kernel.failure(on: attempt, policies) }
                outcomes[found.verdict, default: 0] += 1
                operations.insert(attempt.operation)
                asked += 1
            }
        }
        print("    \(asked) questions to \(sets) sets of policies on \(operations.count) operations: \(outcomes)")
        try require(outcomes.count == 3 && outcomes.values.allSatisfy { $0 * 20 > asked }, "outcomes are one-sided")
        try require(operations.count == Operation.allCases.count, "not every operation was asked about")
    }

    /// Says what disagrees, with as few policies, rules, fields and values as still do.
    private mutating func failure(on attempt: Attempt, _ policies: [Policy]) throws -> Failure {
        let smallest = PolicyShrinking.smallest(policies) { (try? disagreement(on: attempt, $0)) != nil }
        let sentence = try disagreement(on: attempt, smallest) ?? "they agree when they are asked again"
        return Failure("\(attempt)\n    by \(smallest):\n    \(sentence)")
    }

    private mutating func disagreement(on attempt: Attempt, _ policies: [Policy]) throws -> String? {
        let accounts = RandomPolicies.accounts
        let tables = try PolicyCompiler.compile(policies, accounts: accounts, limits: .kernel)
        try install(tables)
        let found = try decide(attempt)
        let expected = tables.decide(attempt)
        let decision = ReferenceEvaluator(policies, accounts: accounts).decide(attempt)
        if found == expected, decision.verdict == expected.verdict,
            decision.rule == expected.rule.map({ tables.names[$0].rule }) ?? ""
        {
            return nil
        }
        return "kernel \(found), tables \(expected), reference \(decision)"
    }

    // MARK: Cost

    /// What the verifier processed for each program: one JSON object.
    static func instructionCounts() throws -> String {
        // An older kernel lacks some hooks, and comes by others.
        let deciding = KernelProgram.allCases.map { ($0.rawValue, $0.recentHook) }
        let protecting = ProtectionProgram.allCases.map { ($0.rawValue, $0.recentHook) }
        let rows = try counts(.sallyport, deciding) + counts(.protection, protecting)
        return "{" + rows.joined(separator: ", ") + "}"
    }

    private static func counts(_ object: KernelObject, _ programs: [(name: String, hook: String?)]) throws -> [String] {
        let loaded = try object.withBytes { bytes throws(BPFError) in try BPFObject(elf: bytes, name: "count") }
        let there = programs.filter { $0.hook.map(BPFObject.kernelHasHook) ?? true }.map(\.name)
        for program in programs { try loaded.setLoads(program.name, there.contains(program.name)) }
        try loaded.load()
        return try there.map { "\"\($0)\": \(try loaded.info($0).verifiedInstructions)" }
    }
}
