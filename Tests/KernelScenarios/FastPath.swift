// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import KernelPrograms

/// What a program's executions come to at most in which nothing follows from the operation: on every way through its
/// instructions that takes no scratch memory and counts nothing. What decides does both first (`begin_attempt`).
///
/// Counted on the instructions that were loaded: each way that the jumps leave open, whether or not it can be gone. A
/// loop's body counts once.
struct FastPath {
    struct Bounds {
        var instructions = 0
        /// Of maps and of task storage.
        var lookUps = 0
        /// Of maps.
        var changes = 0
        /// How often the tables of policy were asked for: once an operation that the hook tells apart.
        var questions = 0
    }

    private let code: [BPFObject.Instruction]
    private let slowMaps: Set<Int32>
    private let policyMap: Int32
    /// By the place of an instruction, from it to the end of its function: `nil` where every way is slow.
    private var known: [Int: Bounds?] = [:]

    static func bounds(of program: KernelProgram, in object: BPFObject) throws -> Bounds {
        var path = try FastPath(program, in: object)
        guard let found = try path.bounds(from: 0) else { throw Failure("\(program.rawValue) has no fast path") }
        return found
    }

    private init(_ program: KernelProgram, in object: BPFObject) throws {
        code = try object.instructions(of: program.rawValue)
        slowMaps = [
            try object.mapDescriptor(of: KernelMap.scratch.rawValue),
            try object.mapDescriptor(of: KernelMap.counters.rawValue),
        ]
        policyMap = try object.mapDescriptor(of: KernelMap.policy.rawValue)
    }

    /// Depth first, without recursion: a way is thousands of instructions long.
    private mutating func bounds(from start: Int) throws -> Bounds? {
        var stack = [start]
        var entered: Set<Int> = []
        while let place = stack.last {
            if known[place] != nil {
                stack.removeLast()
                continue
            }
            let step = try self.step(at: place)
            let missing = (step.next + step.calls).filter { known[$0] == nil }
            if missing.isEmpty {
                known[place] = .some(combine(step))
                stack.removeLast()
                continue
            }
            guard entered.insert(place).inserted else { throw Failure("a loop without bpf_loop at \(place)") }
            stack += missing
        }
        return known[start] ?? nil
    }

    /// What one instruction leads to.
    private struct Step {
        var cost: Bounds
        /// Where it may go on in the function; nowhere at its end.
        var next: [Int] = []
        /// Functions that are run besides.
        var calls: [Int] = []
        var isEnd = false
    }

    private func combine(_ step: Step) -> Bounds? {
        var sum = step.cost
        for call in step.calls {
            guard case let called?? = known[call] else { return nil }
            sum.add(called)
        }
        if step.isEnd { return sum }
        let ways = step.next.compactMap { known[$0] ?? nil }
        guard !ways.isEmpty else { return nil }
        sum.instructions += ways.map(\.instructions).max()!
        sum.lookUps += ways.map(\.lookUps).max()!
        sum.changes += ways.map(\.changes).max()!
        sum.questions += ways.map(\.questions).max()!
        return sum
    }

    private static let load64: UInt8 = 0x18, call: UInt8 = 0x85, exit: UInt8 = 0x95, jump: UInt8 = 0x05
    private static let farJump: UInt8 = 0x06
    /// `bpf_map_lookup_elem`, `bpf_task_storage_get`.
    private static let lookUpHelpers: Set<Int32> = [1, 156]
    /// `bpf_map_update_elem`, `bpf_map_delete_elem`.
    private static let changeHelpers: Set<Int32> = [2, 3]
    private static let lastHelper: Int32 = 10_000

    private func step(at place: Int) throws -> Step {
        try require(code.indices.contains(place), "a way leads out of the program to \(place)")
        let instruction = code[place]
        var step = Step(cost: Bounds(instructions: 1))
        let target = place + 1 + Int(instruction.offset)
        switch (instruction.code, instruction.source) {
        case (Self.load64, 1) where slowMaps.contains(instruction.immediate):
            break  // no way on
        case (Self.load64, 4):
            step.calls = [place + 1 + Int(instruction.immediate)]
            step.next = [place + 2]
        case (Self.load64, let source):
            if source == 1, instruction.immediate == policyMap { step.cost.questions = 1 }
            step.next = [place + 2]
        case (Self.call, 1):
            step.calls = [place + 1 + Int(instruction.immediate)]
            step.next = [place + 1]
        case (Self.call, 0) where instruction.immediate > Self.lastHelper:
            break  // what libbpf puts where this kernel lacks a field: never run
        case (Self.call, 0):
            if Self.lookUpHelpers.contains(instruction.immediate) { step.cost.lookUps = 1 }
            if Self.changeHelpers.contains(instruction.immediate) { step.cost.changes = 1 }
            step.next = [place + 1]
        case (Self.exit, _):
            step.isEnd = true
        case (Self.jump, _):
            step.next = [target]
        case (Self.farJump, _):
            step.next = [place + 1 + Int(instruction.immediate)]
        case (let code, _) where code & 7 == 5 || code & 7 == 6:
            step.next = code >> 4 == 8 ? [place + 1] : [place + 1, target]
        default:
            step.next = [place + 1]
        }
        return step
    }
}

extension FastPath.Bounds {
    fileprivate mutating func add(_ other: Self) {
        instructions += other.instructions
        lookUps += other.lookUps
        changes += other.changes
        questions += other.questions
    }
}
