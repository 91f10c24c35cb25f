// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import Gate
import KernelABI
import KernelPrograms
import Synchronization

/// Files that pass the gate unasked, watched by the programs of `Kernel/gate.bpf.c`.
///
/// ## Concurrency model
/// The gate calls from any thread, under its lock or not: each call is a system call on a map, or one store. `run` is
/// called on one thread, which alone reads the ring.
final class PassWatch: WriteWatch {
    private static let waitMilliseconds: Int32 = 200
    /// Ends of passes that are read in one go.
    private static let batch = 64

    private let kernel: BPFObject
    private let stopping = Atomic(false)

    init(kernel: BPFObject) { self.kernel = kernel }

    func writes(of descriptor: Int32) -> UInt64? {
        var (key, count) = (descriptor, UInt64(0))
        return withUnsafeBytes(of: &key) { key in
            withUnsafeMutableBytes(of: &count) { value in
                // Begins at none, or is told how many there were.
                guard (try? kernel.insert(in: KernelMap.gateWrites.rawValue, key: key, value: value)) != nil else {
                    return nil
                }
                return value.load(as: UInt64.self)
            }
        }
    }

    func announce(_ descriptor: Int32, writes: UInt64, epoch: UInt64) -> Bool {
        let key = descriptor
        return withUnsafeBytes(of: key) { key in
            var pass = sp_pass(epoch: epoch, writes: writes)
            let isNew = withUnsafeMutableBytes(of: &pass) { value in
                try? kernel.insert(in: KernelMap.gatePasses.rawValue, key: key, value: value)
            }
            guard let isNew else { return false }
            if isNew || pass.epoch == epoch && pass.writes == writes { return true }
            // A mark may be there by it, and the content be another one: until the flush that is under way.
            if pass.epoch == epoch { return false }
            return withUnsafeBytes(of: sp_pass(epoch: epoch, writes: writes)) { value in
                (try? kernel.store(in: KernelMap.gatePasses.rawValue, key: key, value: value)) != nil
            }
        }
    }

    func begin(epoch: UInt64) {
        // It is mapped once, and found afterwards.
        guard let memory = try? kernel.memory(of: KernelMap.runtime.rawValue).baseAddress else { return }
        memory.assumingMemoryBound(to: sp_runtime.self).pointee.pass_epoch = epoch
    }

    func stop() { stopping.store(true, ordering: .relaxed) }

    /// Tells of the epochs in which a file that passed was opened for writing, until `stop`.
    func run(_ ended: (UInt64) -> Void) throws(BPFError) {
        let ring = try kernel.openRing(KernelMap.gateEnded.rawValue)
        while !stopping.load(ordering: .relaxed) {
            var epochs: Set<UInt64> = []
            _ = try ring.drain(timeout: Self.waitMilliseconds, limit: Self.batch) { bytes in
                if bytes.count >= 8 { epochs.insert(bytes.loadUnaligned(as: UInt64.self)) }
            }
            for epoch in epochs { ended(epoch) }
        }
    }
}
