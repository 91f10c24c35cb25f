// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import KernelABI

/// The kernel's counters (`enum sp_counter`), as the running platform pinned them.
enum Counters {
    static func value(_ counter: sp_counter, plus offset: UInt32 = 0) throws -> UInt64 {
        let path = "/sys/fs/bpf/sallyport/counters"
        let value = BPFObject.pinnedNumber(UInt64.self, at: path, index: counter.rawValue + offset)
        guard let value else { throw Failure("no counter \(counter.rawValue + offset) in \(path)") }
        return value
    }
}
