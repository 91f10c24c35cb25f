// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc

/// Runs `body` until it ends, or until SIGINT or SIGTERM cancels it, which counts as a good end.
///
/// - Parameters:
///   - numbers: the signals that interrupt it; ignored otherwise until it has ended.
///   - patience: how many seconds a cancelled body may take before the process ends without it; `nil` where it has
///     something to undo.
func untilInterrupted(
    by numbers: [Int32] = [SIGINT, SIGTERM], patience: Double? = 2, _ body: @escaping @Sendable () async throws -> Void
) async throws {
    let (signals, continuation) = AsyncStream<Void>.makeStream()
    let sources = numbers.map { number in
        // The source sees the signal; without this the default action would end the process first.
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
            continuation.yield()
            // The body may stand in a write that nobody reads (a full pipe, a stopped terminal): it has had its time then.
            if let patience { DispatchQueue.global().asyncAfter(deadline: .now() + patience) { _exit(0) } }
        }
        source.resume()
        return source
    }
    defer {
        for source in sources { source.cancel() }
        for number in numbers { signal(number, SIG_DFL) }
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
