// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel
import Synchronization
import Testing

@testable import Sensor

@Suite
struct SkipTrackerTests {
    private static let second: UInt64 = 1_000_000_000

    @Test("what a reporter and a decider didn't see is told once, the decider's by its name too")
    func growth() throws {
        let kernel = SkippingKernel()
        var tracker = SkipTracker(reporters: [.processExit: "exit"], deciders: ["open": .fileOpen])
        var found = try tracker.grown(in: kernel, now: Self.second)
        #expect(found.byOperation.isEmpty && found.undecided.isEmpty)
        kernel.skip("exit", 2)
        kernel.skip("open", 3)
        found = try tracker.grown(in: kernel, now: 2 * Self.second)
        #expect(found.byOperation == [.processExit: 2, .fileOpen: 3])
        #expect(found.undecided == ["open": 3])
        found = try tracker.grown(in: kernel, now: 3 * Self.second)
        #expect(found.byOperation.isEmpty && found.undecided.isEmpty)
    }

    @Test("deciders are asked about once a second, and nothing is forgotten in between")
    func intervals() throws {
        let kernel = SkippingKernel()
        var tracker = SkipTracker(reporters: [.processExit: "exit"], deciders: ["open": .fileOpen])
        _ = try tracker.grown(in: kernel, now: Self.second)
        kernel.skip("exit", 1)
        kernel.skip("open", 1)
        let soon = try tracker.grown(in: kernel, now: Self.second + SkipTracker.interval)
        #expect(soon.byOperation == [.processExit: 1] && soon.undecided.isEmpty)
        kernel.skip("open", 1)
        #expect(try tracker.grown(in: kernel, now: 2 * Self.second).undecided == ["open": 2])
    }
}

/// A kernel that skips programs when it is told to, and has nothing else.
private final class SkippingKernel: BPFKernel {
    private let skipped = Mutex<[String: UInt64]>([:])

    func skip(_ program: String, _ times: UInt64) { skipped.withLock { $0[program, default: 0] += times } }

    func skippedRuns(of program: String) throws(BPFError) -> UInt64 { skipped.withLock { $0[program] ?? 0 } }

    func replaceInnerMap(
        of outer: String, index: UInt32, valueSize: Int, entries: Int, entriesVary: Bool,
        fill: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(BPFError) { throw BPFError("replace inner map", code: 38) }

    func memory(of map: String) throws(BPFError) -> UnsafeMutableRawBufferPointer {
        throw BPFError("map memory of \(map)", code: 38)
    }

    func store(
        in map: String, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer
    ) throws(BPFError) { throw BPFError("update map \(map)", code: 38) }

    func openRing(_ map: String) throws(BPFError) -> any RecordRing { throw BPFError("open ring \(map)", code: 38) }

    func readIterator(_ program: String) throws(BPFError) -> [UInt8] {
        throw BPFError("read iterator \(program)", code: 38)
    }
}
