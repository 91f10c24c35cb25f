// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Recording
import Sallyport
import Synchronization

/// A recording that is written as things happen: each element is whole in the file before the next one.
final class RecordingFile: Sendable {
    private struct State {
        var descriptor: Int32
        var writer: RecordingWriter?
        /// Elements so far, also when it has ended.
        var count: UInt64 = 0
        var failure: CommandFailure?
    }

    private let path: String
    private let state: Mutex<State>

    /// - Throws: `CommandFailure` when the file exists, or can't be made.
    init(creating path: String) throws(CommandFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(
                .usage,
                errno == EEXIST
                    ? "\(path) exists, and a recording is never written over: name another file"
                    : "can't make \(path): \(String(cString: strerror(errno)))")
        }
        self.path = path
        state = Mutex(State(descriptor: descriptor))
    }

    deinit { _ = state.withLock { close($0.descriptor) } }

    var count: UInt64 { state.withLock { $0.count } }

    func begin(greeting: Greeting, watched: EventFilter) throws {
        let header = RecordingHeader(
            greeting: greeting, startedAt: Self.now(CLOCK_REALTIME), startedAtBoot: Self.now(CLOCK_BOOTTIME),
            watched: watched)
        let (writer, bytes) = try RecordingWriter.begin(header)
        try state.withLock { state in
            state.writer = writer
            try write(bytes, &state)
        }
    }

    func append(_ content: RecordedElement.Content) throws {
        try state.withLock { state in
            guard var writer = state.writer else { return }
            let bytes = try writer.append(content, at: Self.now(CLOCK_BOOTTIME))
            state.writer = writer
            state.count = writer.count
            try write(bytes, &state)
        }
    }

    /// Marks the end. - Throws: what went wrong before, too.
    func end() throws {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            guard var writer = state.writer else { return }
            let bytes = try writer.end()
            state.writer = nil
            try write(bytes, &state)
        }
    }

    private func write(_ bytes: [UInt8], _ state: inout State) throws(CommandFailure) {
        guard Glibc.write(state.descriptor, bytes, bytes.count) == bytes.count else {
            let failure = CommandFailure(.findings, "can't write \(path): \(String(cString: strerror(errno)))")
            state.failure = failure
            throw failure
        }
    }

    private static func now(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
