// SPDX-License-Identifier: Apache-2.0

import CGate

/// One place for a question in the ledger.
struct Slot {
    enum State: UInt64 {
        case free, open, claimedByDaemon, claimedByGuard, answeredByGuard
    }

    /// A state together with the question that it is the state of.
    struct Moment: Equatable {
        var question: UInt64
        var state: State

        init(_ question: UInt64, _ state: State) {
            self.question = question
            self.state = state
        }

        fileprivate init(word: UInt64) {
            question = word >> UInt64(GATE_STATE_BITS)
            // What isn't a state can't be written by us; nothing is done about it.
            state = State(rawValue: word & (1 << UInt64(GATE_STATE_BITS) - 1)) ?? .free
        }

        fileprivate var word: UInt64 { question << UInt64(GATE_STATE_BITS) | state.rawValue }
    }

    private let address: UnsafeMutableRawPointer

    init(_ address: UnsafeMutableRawPointer) { self.address = address }

    /// Where its words are: found once, because finding one by its key path costs more than reading it.
    private enum Offset {
        static let state = MemoryLayout<gate_slot>.offset(of: \gate_slot.state)!
        static let descriptor = MemoryLayout<gate_slot>.offset(of: \gate_slot.descriptor)!
        static let askedAt = MemoryLayout<gate_slot>.offset(of: \gate_slot.asked_at)!
        static let deadline = MemoryLayout<gate_slot>.offset(of: \gate_slot.deadline)!
        static let fallback = MemoryLayout<gate_slot>.offset(of: \gate_slot.fallback)!
        static let allowed = MemoryLayout<gate_slot>.offset(of: \gate_slot.allowed)!
    }

    private func word(_ offset: Int) -> SharedWord { SharedWord(address + offset) }

    var moment: Moment { Moment(word: word(Offset.state).load()) }

    /// Goes from one state to another unless somebody else was faster.
    func move(_ question: UInt64, from: State, to: State) -> Bool {
        word(Offset.state).exchange(Moment(question, from).word, Moment(question, to).word)
    }

    /// The number in the daemon.
    var descriptor: Int32 { Int32(truncatingIfNeeded: word(Offset.descriptor).load()) }
    var askedAt: UInt64 { word(Offset.askedAt).load() }
    var deadline: UInt64 { word(Offset.deadline).load() }
    var fallback: Bool { word(Offset.fallback).load() != 0 }

    /// What the guard answered.
    var allowed: Bool {
        get { word(Offset.allowed).load() != 0 }
        nonmutating set { word(Offset.allowed).store(newValue ? 1 : 0) }
    }

    /// Takes a free slot.
    func open(_ question: UInt64, descriptor: Int32, askedAt: UInt64, deadline: UInt64, fallback: Bool) {
        word(Offset.descriptor).store(UInt64(UInt32(bitPattern: descriptor)))
        word(Offset.askedAt).store(askedAt)
        word(Offset.deadline).store(deadline)
        word(Offset.fallback).store(fallback ? 1 : 0)
        word(Offset.state).store(Moment(question, .open).word)
    }

    /// Sets what happens without an answer. The guard may already have given the former fallback: look at the state after.
    func set(deadline: UInt64, fallback: Bool) {
        word(Offset.fallback).store(fallback ? 1 : 0)
        word(Offset.deadline).store(deadline)
    }
}
