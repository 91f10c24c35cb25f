// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc

/// Runs `body` until it ends, or until SIGINT or SIGTERM cancels it, which counts as a good end.
func untilInterrupted(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let (signals, continuation) = AsyncStream<Void>.makeStream()
    let sources = [SIGINT, SIGTERM].map { number in
        // The source sees the signal; without this the default action would end the process first.
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
            continuation.yield()
            // The body may stand in a write that nobody reads (a full pipe, a stopped terminal): it has had its time then.
            DispatchQueue.global().asyncAfter(deadline: .now() + 2) { _exit(0) }
        }
        source.resume()
        return source
    }
    defer {
        for source in sources { source.cancel() }
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    }
    try await withThrowingTaskGroup(of: Bool.self) { tasks in
        tasks.addTask {
            for await _ in signals { return false }
            return true
        }
        defer { tasks.cancelAll() }
        tasks.addTask {
            try await body()
            return true
        }
        _ = try await tasks.next()
    }
}
