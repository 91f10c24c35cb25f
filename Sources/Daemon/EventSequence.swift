// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import CLinux
import KernelABI
import KernelPrograms

/// Sequence numbers for events that user space makes (the gate's), from the same counter that the programs use.
struct EventSequence: @unchecked Sendable {
    // @unchecked: the word is only touched by an atomic instruction, here and in the kernel.
    private let word: UnsafeMutableRawPointer
    private let owner: BPFObject

    init(_ object: BPFObject) throws(BPFError) {
        owner = object
        word =
            try object.memory(of: KernelMap.control.rawValue).baseAddress! + MemoryLayout<sp_control>.offset(
                of: \.sequence)!
    }

    func next() -> UInt64 { clinux_fetch_add(word, 1) }
}
