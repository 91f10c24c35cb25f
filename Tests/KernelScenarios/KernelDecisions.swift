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

    init() throws {
        object = try KernelObject.withBytes { bytes throws(BPFError) in try BPFObject(elf: bytes, name: "decisions") }
        for program in KernelProgram.allCases {
            try object.setLoads(program.rawValue, KernelProgram.test.contains(program))
        }
        try object.load()
        installer = PolicyInstaller(kernel: object, map: KernelMap.policy.rawValue)
    }

    func install(_ tables: PolicyTables, generation: UInt64) throws {
        try installer.install(tables, generation: generation)
    }

    func decide(
        _ operation: UInt32, subject: ObservedPath, object path: ObservedPath
    ) throws -> (verdict: UInt32, rule: UInt32) {
        var request = sp_decide_request()
        request.operation = operation
        request.object_length = try place(path, slot: 0)
        request.subject_length = try place(subject, slot: 1)
        let result = try withUnsafeMutableBytes(of: &request) { context in
            try object.run(KernelProgram.decisionTest.rawValue, context: context)
        }
        try expect(result, 0, "value of the test program")
        return (request.verdict, request.rule)
    }

    /// The kernel's buffers hold a path before byte 4,095.
    private func place(_ path: ObservedPath, slot: UInt32) throws -> UInt32 {
        guard path.unresolvable == nil else { return .max }
        var buffer = [UInt8](repeating: 0, count: Self.bufferSize)
        buffer.replaceSubrange(4095 - path.bytes.count..<4095, with: path.bytes)
        try buffer.withUnsafeBytes { try object.update(KernelMap.testPaths.rawValue, index: slot, value: $0) }
        return UInt32(path.bytes.count)
    }

    /// At least `sizeof(struct scratch)`; the kernel copies as much as the value has.
    private static let bufferSize = 32_768

    // MARK: The property

    /// Compiled tables, in the kernel and in Swift, and the reference evaluator agree.
    static func checkAgreement(questions: Int) throws {
        let kernel = try KernelDecisions()
        var random = SplitMix64(seed: 20_061_201)
        var asked = 0
        var generation: UInt64 = 0
        var outcomes: [Verdict: Int] = [:]
        while asked < questions {
            let policies = RandomPolicies.policies(using: &random)
            guard let tables = try? PolicyCompiler.compile(policies, limits: .kernel) else { continue }
            generation += 1
            try kernel.install(tables, generation: generation)
            let reference = ReferenceEvaluator(policies)
            for _ in 0..<100 {
                let question = RandomPolicies.question(about: policies, using: &random)
                let expected = reference.decide(
                    question.operation, subject: question.subject, object: question.object)
                let swift = tables.decide(question.operation, subject: question.subject, object: question.object)
                let number: UInt32 = question.operation == .imageLoad ? 4 : 1
                guard question.operation == .imageLoad || question.operation == .processExec,
                    let subject = question.subject, let path = question.object
                else { continue }
                let found = try kernel.decide(number, subject: subject, object: path)
                let verdict: Verdict = found.verdict == 1 ? .deny : found.verdict == 2 ? .audit : .allow
                try expect(verdict, expected.verdict, "verdict on \(question) with \(policies)")
                try expect(found.rule == .max ? nil : Int(found.rule), swift.rule, "rule on \(question)")
                outcomes[verdict, default: 0] += 1
                asked += 1
            }
        }
        print("    \(asked) questions to \(generation) sets of policies: \(outcomes)")
        try require(outcomes.count >= 2 && outcomes.values.allSatisfy { $0 * 20 > asked }, "outcomes are one-sided")
    }

    // MARK: Cost

    /// What the verifier processed for each program: one JSON object.
    static func instructionCounts() throws -> String {
        let object = try KernelObject.withBytes { bytes throws(BPFError) in try BPFObject(elf: bytes, name: "count") }
        try object.load()
        let rows = try KernelProgram.allCases.map { program in
            "\"\(program.rawValue)\": \(try object.info(program.rawValue).verifiedInstructions)"
        }
        return "{" + rows.joined(separator: ", ") + "}"
    }
}
