// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// `system-calls`: each entry of the tables of system calls leads to what the table was built with, in the kernel's own text.
///
/// The tables aren't what calls are dispatched by on current kernels: that is `x64_sys_call`, text, which `kernel-text` covers,
/// and hooks on it, which `ftrace-operations` and `kprobes` do. Fixture: `syscall_table`.
public struct SystemCallCheck: IntegrityCheck {
    public let name = "system-calls"
    public let covers = "The tables of system calls, entry by entry: each a system call in the kernel's own text."
    public let pace = CheckPace.fast

    public init() {}

    private static let tables = ["sys_call_table", "ia32_sys_call_table", "x32_sys_call_table"]

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        var entries = 0
        for table in Self.tables {
            guard let address = kernel.address(of: table) else { continue }
            guard let words = try kernel.memory.words(address, count: Self.count(of: table, kernel)) else {
                result.gaps.append("\(table) can't be read")
                continue
            }
            // Filled up with zeros to where the next begins.
            let used = words.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
            entries += used
            for (index, word) in words[..<used].enumerated() {
                let place = kernel.place(word)
                if place.offset == 0, Self.isSystemCall(place.symbol), try kernel.code().owner(of: word) == .kernel {
                    continue
                }
                result.observations.append(
                    Observation(
                        .violation, subject: "\(table)[\(index)]",
                        summary: "entry \(index) of \(table) leads to \(kernel.name(word)), which is no system call",
                        advice: Observation.distrust,
                        differences: [
                            Finding.Difference(
                                symbol: table, offset: UInt64(index * 8), expected: [], found: KernelView.bytes(word))
                        ]))
            }
        }
        result.extent = "\(entries) entries"
        if entries == 0 { result.gaps.append("this kernel has no table of system calls that can be read") }
        return result
    }

    /// Up to the next symbol: the table has no length of its own.
    private static func count(of table: String, _ kernel: KernelView) -> Int {
        guard let address = kernel.address(of: table) else { return 0 }
        var count = 1
        while count < 1024, kernel.facts.symbol(at: address + UInt64(count * 8))?.name == table { count += 1 }
        return count
    }

    /// As `SYSCALL_DEFINE` and `sys_ni_syscall` name them (arch/x86/include/asm/syscall_wrapper.h).
    private static func isSystemCall(_ symbol: String) -> Bool {
        symbol.hasPrefix("__x64_") || symbol.hasPrefix("__ia32_") || symbol.hasPrefix("__x32_")
            || symbol.hasPrefix("__do_sys_ni") || symbol == "sys_ni_syscall"
    }
}
