// SPDX-License-Identifier: Apache-2.0

import LinuxSystem

/// Where something is held.
struct Place: Hashable, Sendable {
    var path: String
    var scope: FanotifyGroup.Scope
}

/// What a gate's lock protects.
struct GateState: Sendable {
    var isStopping = false
    var held: [Place: GatedOperations] = [:] {
        didSet { operations = held.values.reduce(into: []) { $0.formUnion($1) } }
    }
    /// All that is held anywhere.
    private(set) var operations: GatedOperations = []
    /// Those of `held` that come from a mount table.
    var scanned: Set<Place> = []
    var counters = GateCounters()
    /// Who watches the files that pass.
    var watch: (any WriteWatch)?
    /// Counts the flushes, from 1.
    var passEpoch: UInt64 = 1
    /// Slots that were in use and are free; the last one is taken next.
    var free: [Int] = []
    /// When the owner may next be told of a refusal.
    var nextRefusal: UInt64 = 0
    /// The number of the next question.
    var next: UInt64 = 1
}
