// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import Glibc
import KernelABI
import KernelPrograms
import LinuxSystem

/// An executable file as the kernel knows it, whatever its path.
public struct ExecutableIdentity: Hashable, Sendable {
    public var inode: UInt64
    public var device: UInt32
    public var generation: UInt32

    public init(inode: UInt64, device: UInt32, generation: UInt32) {
        self.inode = inode
        self.device = device
        self.generation = generation
    }

    init(_ key: sp_guard_key) { self.init(inode: key.inode, device: key.device, generation: key.generation) }

    var key: sp_guard_key { sp_guard_key(inode: inode, device: device, generation: generation) }
}

/// Isolation: while it is on the kernel refuses every new execution but for the site's and the platform's.
///
/// What runs goes on. It holds without this process, and a later one finds it as it was. A file that is replaced is another one:
/// the list is to be set again after an update. An interpreter on the list (a shell, `ld.so`) runs whatever it is told to; a script
/// on the list is run whether or not its interpreter is on it.
public struct Isolation: Sendable {
    public enum State: Hashable, Sendable {
        case off
        /// Since then (nanoseconds of CLOCK_BOOTTIME), for that reason.
        case on(since: UInt64, reason: String)
    }

    private let kernel: ResponseKernel

    public init(_ kernel: ResponseKernel) { self.kernel = kernel }

    /// Whether this kernel can refuse executions.
    public var canRefuse: Bool { kernel.canIsolate }

    /// Sets what may be executed: by path, links followed. This process's own executable always may.
    ///
    /// To be set before isolation is needed, and with what the site can't do without: what ends the machine
    /// (`/usr/lib/systemd/systemd-shutdown`, or it can only be switched off), what repairs it, the platform's other programs.
    ///
    /// - Returns: the paths that aren't there or can't be told; the others are in force.
    /// - Throws: where the kernel's list can't be changed; it may be changed in part then.
    @discardableResult
    public func setAllowed(_ paths: [String]) throws(ResponseFailure) -> [String] {
        var missing: [String] = []
        var wanted: Set<ExecutableIdentity> = []
        for path in ["/proc/self/exe"] + paths {
            do throws(ResponseFailure) { wanted.insert(try kernel.identity(of: path)) } catch { missing.append(path) }
        }
        guard wanted.count <= Int(SP_ALLOWED_ROOM) else {
            throw ResponseFailure("\(wanted.count) executables are more than can be allowed (\(SP_ALLOWED_ROOM))")
        }
        do throws(BPFError) {
            let map = ResponseMap.allowed.rawValue
            let present = Set(try kernel.object.keys(of: map, as: sp_guard_key.self).map(ExecutableIdentity.init))
            // First what leaves, so that there is room.
            for identity in present.subtracting(wanted) {
                try withUnsafeBytes(of: identity.key) { key throws(BPFError) in
                    try kernel.object.remove(from: map, key: key)
                }
            }
            for identity in wanted.subtracting(present) {
                try withUnsafeBytes(of: identity.key) { key throws(BPFError) in
                    try withUnsafeBytes(of: UInt32(1)) { value throws(BPFError) in
                        try kernel.object.store(in: map, key: key, value: value)
                    }
                }
            }
        } catch {
            throw ResponseFailure("the list of what may be executed can't be set: \(error)")
        }
        return missing
    }

    /// Switches it on; the first reason stays.
    ///
    /// - Throws: where this kernel can't refuse executions. None is refused then: who needs more stops the machine.
    public func isolate(because reason: String) throws(ResponseFailure) {
        guard kernel.canIsolate else {
            throw ResponseFailure(
                "this kernel wasn't started with the BPF LSM (lsm=…,bpf): executions can't be refused")
        }
        let words = kernel.words
        guard words.pointee.isolated == SP_ISOLATION_NONE.rawValue else { return }
        withUnsafeMutableBytes(of: &words.pointee.reason) { bytes in
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
            bytes.copyBytes(from: reason.utf8.prefix(bytes.count - 1))
        }
        words.pointee.isolated_since = Clock.boot()
        words.pointee.isolated = SP_ISOLATION_ASKED.rawValue
    }

    /// Switches it off.
    public func release() throws(ResponseFailure) {
        guard !kernel.isSealed else { throw ResponseKernel.sealed("isolation stays") }
        kernel.words.pointee.isolated = SP_ISOLATION_NONE.rawValue
    }

    public var state: State {
        let words = kernel.words
        switch words.pointee.isolated {
        case SP_ISOLATION_NONE.rawValue: return .off
        case SP_ISOLATION_LATE.rawValue:
            return .on(since: words.pointee.isolated_since, reason: "the monitor gave no sign")
        default:
            let reason = withUnsafeBytes(of: &words.pointee.reason) { $0.textBeforeZero }
            return .on(since: words.pointee.isolated_since, reason: reason)
        }
    }

    /// Executions that were refused since the object was loaded, and how many of them weren't reported.
    public var refused: (count: UInt64, unreported: UInt64) {
        (kernel.words.pointee.refused, kernel.words.pointee.lost)
    }

    /// Opens what is told of refusals, for one reader.
    public func openRefusals() throws(ResponseFailure) -> RefusedExecutions {
        do throws(BPFError) { return RefusedExecutions(try kernel.object.openRing(ResponseMap.refused.rawValue)) } catch
        {
            throw ResponseFailure("what was refused can't be read: \(error)")
        }
    }
}

/// What the kernel tells of executions that it has refused: one reader.
public final class RefusedExecutions: Sendable {
    private let ring: any RecordRing

    init(_ ring: any RecordRing) { self.ring = ring }

    /// Waits up to `timeout` milliseconds for refusals and hands over what there is, 100 at most.
    public func take(timeout: Int32) throws(ResponseFailure) -> [RefusedExecution] {
        var refused: [RefusedExecution] = []
        do throws(BPFError) {
            _ = try ring.drain(timeout: timeout, limit: 100) { bytes in
                if let one = RefusedExecution(bytes) { refused.append(one) }
            }
        } catch { throw ResponseFailure("what was refused can't be read: \(error)") }
        return refused
    }
}

/// An execution that isolation has refused.
public struct RefusedExecution: Hashable, Sendable {
    /// CLOCK_BOOTTIME, nanoseconds.
    public var time: UInt64
    public var pid: Int32
    public var user: UInt32
    /// Of who tried.
    public var command: String
    /// As it was asked for, 255 bytes at most.
    public var path: String
    public var executable: ExecutableIdentity

    /// A record of the ring; `nil` where it isn't one.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= MemoryLayout<sp_refused_execution>.size else { return nil }
        let record = bytes.loadUnaligned(as: sp_refused_execution.self)
        time = record.time
        pid = Int32(bitPattern: record.pid)
        user = record.uid
        command = withUnsafeBytes(of: record.comm) { $0.textBeforeZero }
        path = withUnsafeBytes(of: record.path) { $0.textBeforeZero }
        executable = ExecutableIdentity(record.executable)
    }
}
