// SPDX-License-Identifier: Apache-2.0

/// Functions: whose they are, and which make system calls.
extension KernelView {
    /// Whose code an address lies in; what the kernel frees after its start is nobody's.
    func owner(of function: UInt64) throws(KernelMemoryError) -> CodeMap.Owner? {
        let owner = try code().owner(of: function)
        return owner == .kernelStart ? nil : owner
    }

    /// Whether a symbol is a system call's function, or one that all of them go through: no tracer or probe of the kernel's own
    /// has its code called there, but who wants to change what system calls do.
    static func makesSystemCalls(_ symbol: String) -> Bool {
        callPrefixes.contains { symbol.hasPrefix($0) } || dispatch.contains(symbol)
    }

    /// As `SYSCALL_DEFINE` names functions (arch/x86/include/asm/syscall_wrapper.h).
    private static let callPrefixes = [
        "__x64_sys_", "__ia32_sys_", "__ia32_compat_sys_", "__x64_compat_sys_", "__se_sys_", "__se_compat_sys_",
        "__do_sys_", "__do_compat_sys_", "ksys_",
    ]
    private static let dispatch: Set = [
        "x64_sys_call", "ia32_sys_call", "x32_sys_call", "do_syscall_64", "do_syscall_x64", "do_fast_syscall_32",
        "__do_fast_syscall_32", "do_SYSENTER_32", "do_int80_syscall_32", "do_int80_emulation",
        "syscall_trace_enter", "syscall_enter_from_user_mode", "syscall_enter_from_user_mode_work",
        "syscall_exit_to_user_mode", "syscall_exit_to_user_mode_work",
    ]

    /// Where a symbol's data ends: where the next begins.
    func extent(of symbol: String, at address: UInt64, limit: Int) -> Int {
        var count = 8
        while count < limit, facts.symbol(at: address &+ UInt64(count))?.name == symbol { count += 8 }
        return count
    }
}
