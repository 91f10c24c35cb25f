// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import KernelABI
import KernelPrograms
import LinuxSystem
import Synchronization

/// The kernel's programs that know which rights each task should have (`Kernel/integrity/credentials.bpf.c`).
///
/// They note from when they are attached on; what runs then is taken as it is. They go with the process that has them.
///
/// ## Concurrency model
/// Requests and answers lie in memory that is shared with the programs: one look at a time, behind a mutex.
final class CredentialWatch: Sendable {
    private let object: BPFObject
    private let turn = Mutex(())

    /// Loads and attaches, and takes all tasks as they are.
    init() throws(BPFError) {
        object = try KernelObject.integrity.withBytes { bytes throws(BPFError) in
            try BPFObject(elf: bytes, name: "credentials")
        }
        for program in IntegrityProgram.allCases { try object.setLoads(program.rawValue, false) }
        for map in IntegrityMap.allCases { try object.leaveOut(map: map.rawValue) }
        try object.load()
        let words = try object.memory(of: CredentialMap.words.rawValue).baseAddress!
            .assumingMemoryBound(to: sp_credential_words.self)
        for program in CredentialProgram.attached { try object.attach(program.rawValue) }
        _ = try object.readIterator(CredentialProgram.adopt.rawValue)
        initially = words.pointee.adopted
    }

    /// Tasks that were taken as they were at the start.
    private let initially: UInt32

    /// What one look came to.
    struct Outcome {
        var tasks = 0
        /// Tasks that have now what they shouldn't, 1,000 at most.
        var mismatches: [CredentialBreak] = []
        /// What was noticed in passing since the start, the last ones.
        var passing: [CredentialBreak] = []
        /// How many more there were in passing.
        var forgotten = 0
        /// Tasks that were taken as they were, later than at the start.
        var late = 0
        /// Times that there was no room for a task.
        var unnoted = 0
        /// Runs of the programs that the kernel has skipped.
        var skipped = 0
    }

    func look() throws(BPFError) -> Outcome {
        try turn.withLock { _ throws(BPFError) in try compare() }
    }

    private func compare() throws(BPFError) -> Outcome {
        let words = self.words
        var outcome = Outcome()
        words.pointee.mismatched = 0
        _ = try object.readIterator(CredentialProgram.adopt.rawValue)
        outcome.mismatches = mismatches
        var rest = try object.keys(of: CredentialMap.states.rawValue, as: UInt64.self)[...]
        while !rest.isEmpty {
            let part = rest.prefix(Int(SP_CREDENTIAL_TASKS))
            rest = rest.dropFirst(part.count)
            withUnsafeMutableBytes(of: &words.pointee.tasks) { tasks in
                let tasks = tasks.bindMemory(to: UInt64.self)
                for (index, task) in part.enumerated() { tasks[index] = task }
            }
            words.pointee.count = UInt32(part.count)
            _ = try object.run(
                CredentialProgram.compare.rawValue, context: UnsafeMutableRawBufferPointer(start: nil, count: 0))
            outcome.tasks += Int(words.pointee.compared)
            outcome.mismatches += mismatches
            if outcome.mismatches.count >= 1000 { break }
        }
        let passing = words.pointee.breaks
        outcome.passing = Self.breaks(&words.pointee.passing, Int(min(passing, UInt64(SP_CREDENTIAL_BREAKS))))
            .filter { $0.number != 0 }.sorted { $0.number < $1.number }.map(CredentialBreak.init)
        outcome.forgotten = Int(passing) - outcome.passing.count
        outcome.late = Int(words.pointee.adopted &- initially)
        outcome.unnoted = Int(words.pointee.unnoted)
        for program in CredentialProgram.attached {
            outcome.skipped += Int(try object.skippedRuns(of: program.rawValue))
        }
        return outcome
    }

    /// What the last run has told.
    private var mismatches: [CredentialBreak] {
        let told = min(Int(words.pointee.mismatched), Int(SP_CREDENTIAL_MISMATCHES))
        return Self.breaks(&words.pointee.mismatch, told).map(CredentialBreak.init)
    }

    private static func breaks<Tuple>(_ tuple: inout Tuple, _ count: Int) -> [sp_credential_break] {
        withUnsafeBytes(of: &tuple) { bytes in
            (0..<count).map {
                bytes.loadUnaligned(
                    fromByteOffset: $0 * MemoryLayout<sp_credential_break>.stride, as: sp_credential_break.self)
            }
        }
    }

    private var words: UnsafeMutablePointer<sp_credential_words> {
        // Mapped by `init`, and found afterwards: it can't fail then.
        guard let memory = try? object.memory(of: CredentialMap.words.rawValue).baseAddress else {
            fatalError("the words of credentials can't be mapped")
        }
        return memory.assumingMemoryBound(to: sp_credential_words.self)
    }
}
