// SPDX-License-Identifier: Apache-2.0

import CGate
import Glibc
import LinuxSystem

/// The ledger of open questions, which the daemon and its guard share (`gate_ledger.h` has the layout).
///
/// ## Concurrency model
/// A slot is opened and freed by the daemon only, under the gate's lock. Who moves its state away from open, by
/// compare-and-swap, answers the question; so it is answered once, whichever of the two processes is stopped where.
/// The descriptor is closed after the slot is free (or, answered by the guard, before it is freed), so that no number
/// stands for two questions.
///
/// Sendable: the addresses never change, and every word is atomic.
final class Ledger: @unchecked Sendable {
    static let capacity = Int(GATE_LEDGER_CAPACITY)
    static let size = MemoryLayout<gate_ledger>.stride + capacity * MemoryLayout<gate_slot>.stride
    /// As `/proc/PID/fd` shows it.
    static let name = "sallyport-gate"

    let memory: SharedMemory

    // The header's words, by the names of `gate_ledger`.
    let daemon: SharedWord
    let guardian: SharedWord
    let daemonBeat: SharedWord
    let mode: SharedWord
    let patience: SharedWord
    let reading: SharedWord
    let open: SharedWord
    let usedSlots: SharedWord
    let ending: SharedWord
    let orphaned: SharedWord
    let expiredAllowed: SharedWord
    let expiredDenied: SharedWord
    let takenAllowed: SharedWord
    let takenDenied: SharedWord
    let swept: SharedWord
    let absences: SharedWord
    let longestDelay: SharedWord
    let exceptionCount: SharedWord

    /// A new ledger.
    convenience init() throws(Errno) {
        let memory = try SharedMemory(name: Self.name, size: Self.size)
        Self.word(memory, \.version).store(UInt64(GATE_LEDGER_VERSION))
        Self.word(memory, \.magic).store(GATE_LEDGER_MAGIC)
        self.init(memory)
    }

    /// One that another process made.
    ///
    /// - Throws: `EINVAL` when it isn't one of this version.
    convenience init(adopting descriptor: Int32) throws(Errno) {
        let memory = try SharedMemory(adopting: descriptor, size: Self.size)
        guard Self.word(memory, \.magic).load() == GATE_LEDGER_MAGIC,
            Self.word(memory, \.version).load() == UInt64(GATE_LEDGER_VERSION)
        else { throw Errno("read the gate's ledger", code: EINVAL) }
        self.init(memory)
    }

    /// Finding a field by its key path costs more than all that is done with it: once only.
    private init(_ memory: SharedMemory) {
        self.memory = memory
        daemon = Self.word(memory, \.daemon)
        guardian = Self.word(memory, \.guard)
        daemonBeat = Self.word(memory, \.daemon_beat)
        mode = Self.word(memory, \.mode)
        patience = Self.word(memory, \.patience)
        reading = Self.word(memory, \.reading)
        open = Self.word(memory, \.open)
        usedSlots = Self.word(memory, \.used)
        ending = Self.word(memory, \.end)
        orphaned = Self.word(memory, \.orphaned)
        expiredAllowed = Self.word(memory, \.expired_allowed)
        expiredDenied = Self.word(memory, \.expired_denied)
        takenAllowed = Self.word(memory, \.taken_allowed)
        takenDenied = Self.word(memory, \.taken_denied)
        swept = Self.word(memory, \.swept)
        absences = Self.word(memory, \.absences)
        longestDelay = Self.word(memory, \.longest_delay)
        exceptionCount = Self.word(memory, \.exceptions)
    }

    private static func word(_ memory: SharedMemory, _ field: KeyPath<gate_ledger, UInt64>) -> SharedWord {
        SharedWord(memory.address + MemoryLayout<gate_ledger>.offset(of: field)!)
    }

    /// Notes that a fallback was given now, after a deadline.
    func noteDelay(after deadline: UInt64) {
        let now = Clock.boot()
        if now > deadline { longestDelay.raise(to: now - deadline) }
    }

    func slot(_ index: Int) -> Slot {
        Slot(memory.address + MemoryLayout<gate_ledger>.stride + index * MemoryLayout<gate_slot>.stride)
    }

    /// Slots that may be in use; those behind never were.
    var used: Range<Int> { 0..<min(Self.capacity, Int(usedSlots.load())) }
}
