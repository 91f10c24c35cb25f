// SPDX-License-Identifier: Apache-2.0

import CGate
import Glibc
import LinuxSystem

extension Ledger {
    private enum Offset {
        static let exceptions = MemoryLayout<gate_ledger>.offset(of: \gate_ledger.exception)!
        static let device = MemoryLayout<gate_exception>.offset(of: \gate_exception.device)!
        static let inode = MemoryLayout<gate_exception>.offset(of: \gate_exception.inode)!
    }

    private func exception(_ index: Int) -> (device: SharedWord, inode: SharedWord) {
        let place = memory.address + Offset.exceptions + index * MemoryLayout<gate_exception>.stride
        return (SharedWord(place + Offset.device), SharedWord(place + Offset.inode))
    }

    /// Notes the files at these paths and those that this process has mapped: what it takes to start it again.
    ///
    /// - Throws: `E2BIG` for more than `GATE_MAX_EXCEPTIONS`, and what `stat` says of a path.
    func setExceptions(_ paths: [String]) throws(Errno) {
        var files: [(device: UInt64, inode: UInt64)] = []
        for path in paths + Self.mappedFiles() {
            var status = stat()
            guard stat(path, &status) == 0 else {
                // What is mapped may have been replaced since.
                if !paths.contains(path) { continue }
                throw Errno("stat \(path)")
            }
            let file = (device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
            if !files.contains(where: { $0 == file }) { files.append(file) }
        }
        guard files.count <= Int(GATE_MAX_EXCEPTIONS) else { throw Errno("note the guard's exceptions", code: E2BIG) }
        for (index, file) in files.enumerated() {
            exception(index).device.store(file.device)
            exception(index).inode.store(file.inode)
        }
        exceptionCount.store(UInt64(files.count))
    }

    /// Whether the file behind a descriptor is one of them.
    func isException(_ descriptor: Int32) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        for index in 0..<min(Int(GATE_MAX_EXCEPTIONS), Int(exceptionCount.load())) {
            let file = exception(index)
            if file.device.load() == UInt64(status.st_dev), file.inode.load() == UInt64(status.st_ino) { return true }
        }
        return false
    }

    private static func mappedFiles() -> Set<String> {
        guard let text = try? FileSystem.readText("/proc/self/maps") else { return [] }
        var paths: Set<String> = []
        for line in text.split(separator: "\n") {
            guard let slash = line.firstIndex(of: "/"), line.contains(" r-xp ") else { continue }
            paths.insert(String(line[slash...]))
        }
        return paths
    }
}
