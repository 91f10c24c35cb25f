// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// A thread of its own for work that blocks in system calls; the concurrency pool's threads mustn't.
public final class SystemThread: Sendable {
    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private let handle: pthread_t

    /// - Parameter name: at most 15 bytes, shown by `ps -L`.
    public init(name: String, _ body: @escaping @Sendable () -> Void) throws(Errno) {
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var handle = pthread_t()
        let code = pthread_create(&handle, nil, runThread, start.toOpaque())
        guard code == 0 else {
            start.release()
            throw Errno("start thread \(name)", code: code)
        }
        self.handle = handle
    }

    /// The calling thread as BPF programs see it: process number, thread number (`bpf_get_current_pid_tgid`).
    public static var currentIdentifier: UInt64 { UInt64(getpid()) << 32 | UInt64(clinux_thread_number()) }

    /// Whether a thread of that number is one of this process.
    public static func isOwn(_ thread: Int32) -> Bool { isThread(thread, of: getpid()) }

    /// Whether a thread of that number is one of a process.
    public static func isThread(_ thread: Int32, of process: Int32) -> Bool {
        clinux_is_thread_of(process, thread) != 0
    }

    /// Has the scheduler prefer the calling thread (nice value -20 to 19), where this process may.
    public static func setNice(_ nice: Int32) { _ = clinux_set_nice(nice) }

    /// Lets the thread end by itself: nobody will join it. Once only, and instead of `join`.
    public func detach() { pthread_detach(handle) }

    /// Waits for the body to return. Once only.
    public func join() { pthread_join(handle, nil) }

    fileprivate static func run(_ context: UnsafeMutableRawPointer) {
        let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
        clinux_name_thread(start.name)
        start.body()
    }
}

/// Not a closure: one written in place could inherit an actor's isolation and trap on a C thread.
nonisolated private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { SystemThread.run(context) }
    return nil
}
