// SPDX-License-Identifier: Apache-2.0

public import BPFRuntime
import Glibc
import KernelABI
import LinuxSystem

/// The block devices that a file system lies on, by `/sys/dev/block`: the partition, its disk, and what both are made of.
enum DiskStack {
    /// The kernel's numbers of them, the given one's included; none for a file system without a device.
    static func devices(below device: UInt32) -> Set<UInt32> {
        var found: Set<UInt32> = []
        var open = [device]
        while let next = open.popLast() {
            guard next >> 20 != 0, found.insert(next).inserted else { continue }
            let folder = "/sys/dev/block/\(next >> 20):\(next & 0xfffff)"
            // A partition's directory lies in its disk's.
            if FileSystem.exists(folder + "/partition"), let disk = number("\(folder)/../dev") { open.append(disk) }
            for slave in (try? FileSystem.list(folder + "/slaves")) ?? [] {
                if let lower = number("\(folder)/slaves/\(slave)/dev") { open.append(lower) }
            }
        }
        return found
    }

    private static func number(_ path: String) -> UInt32? {
        let words = (try? FileSystem.readText(path))?.split { $0 == ":" || $0 == "\n" }
        guard let words, words.count == 2, let major = UInt32(words[0]), let minor = UInt32(words[1]) else {
            return nil
        }
        return major << 20 | minor
    }
}

extension ProtectedKernel {
    /// Notes a file system with something guarded on it, and the block devices below.
    public func guardDevices(below device: UInt32) throws(BPFError) {
        try guardDevice(device, UInt32(SP_DEVICE_TREES.rawValue))
        for disk in DiskStack.devices(below: device) {
            let both =
                disk == device
                ? UInt32(SP_DEVICE_TREES.rawValue | SP_DEVICE_BLOCK.rawValue) : UInt32(SP_DEVICE_BLOCK.rawValue)
            try guardDevice(disk, both)
        }
    }
}
