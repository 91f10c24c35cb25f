// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport
import Synchronization

/// The place where scenarios act: a tmpfs with a denied and an allowed tree, a running platform, and what it reports.
final class Lab: Sendable {
    static let root = "/run/lab"
    static let denied = root + "/denied"
    static let allowed = root + "/allowed"
    /// A static program of 132 bytes that ends with status 0: its exec costs little else than the exec.
    static let tiny = root + "/allowed/tiny"
    static let library = root + "/allowed/library.so"
    static let deniedProgram = root + "/denied/program"
    static let deniedLibrary = root + "/denied/library.so"
    static let dynamicProgram = root + "/allowed/dynamic"
    static let loader = "/lib64/ld-linux-x86-64.so.2"

    let daemon: DaemonProcess
    private let events = Mutex<[StreamElement]>([])
    private let connection = Mutex<Connection?>(nil)
    private let watched: Mutex<Set<Operation>>

    private struct Connection: Sendable {
        var client: SallyportClient
        var tasks: [Task<Void, Never>]
    }

    /// Watches these operations, all of them where none is named.
    init(daemon: DaemonProcess, watching operations: Set<Operation> = []) {
        self.daemon = daemon
        watched = Mutex(operations)
    }

    /// Makes the trees and the fixtures. Once, before any platform runs.
    static func prepare() throws {
        mkdir(root, 0o755)
        try expect(acts_mount("lab", root, "tmpfs", 0, "mode=0755,size=512m"), 0, "mount the lab")
        for folder in [denied, allowed] { mkdir(folder, 0o755) }
        try write(tinyProgram, to: tiny, mode: 0o755)
        try copy("/lib/x86_64-linux-gnu/libutil.so.1", to: library)
        try copy("/bin/true", to: dynamicProgram)
        try copy(tiny, to: deniedProgram)
        try copy(library, to: deniedLibrary)
        try copy("/bin/true", to: denied + "/dynamic")
        try KernelLoad.prepare()
    }

    /// ELF header, one program header, and `exit(0)`.
    static let tinyProgram: [UInt8] = [
        0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        2, 0, 0x3e, 0, 1, 0, 0, 0, 0x78, 0, 0x40, 0, 0, 0, 0, 0,
        0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0x40, 0, 0x38, 0, 1, 0, 0, 0, 0, 0, 0, 0,
        1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0,
        0x84, 0, 0, 0, 0, 0, 0, 0, 0x84, 0, 0, 0, 0, 0, 0, 0,
        0, 0x10, 0, 0, 0, 0, 0, 0,
        0x31, 0xff, 0xb8, 0x3c, 0, 0, 0, 0x0f, 0x05, 0, 0, 0,
    ]

    // MARK: Files

    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        try require(descriptor >= 0, "create \(path): \(String(cString: strerror(errno)))")
        defer { close(descriptor) }
        try expect(Glibc.write(descriptor, bytes, bytes.count), bytes.count, "write \(path)")
    }

    static func write(_ text: String, to path: String, mode: mode_t = 0o755) throws {
        try write(Array(text.utf8), to: path, mode: mode)
    }

    static func read(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        try require(descriptor >= 0, "open \(path): \(String(cString: strerror(errno)))")
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while case let count = Glibc.read(descriptor, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
        return bytes
    }

    static func copy(_ source: String, to target: String) throws {
        try write(try read(source), to: target, mode: 0o755)
    }

    // MARK: Acts

    /// Executes a program and returns its wait status, or -errno.
    static func exec(_ path: String, _ arguments: [String] = [], environment: [String] = []) -> Int32 {
        withStrings([path] + arguments) { argv in
            withStrings(environment) { envp in acts_exec(path, argv, envp) }
        }
    }

    static func withStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers)
    }

    // MARK: The platform

    /// From the next connection on only these are watched. A platform loads the programs of what is watched alone, and to
    /// verify all of them takes an emulated processor up to half a minute at every start.
    func watch(only operations: Set<Operation>) { watched.withLock { $0 = operations } }

    /// Connects and collects what the platform reports from now on.
    func connect(collecting: Bool = true) async throws {
        let client = try SallyportClient(socketPath: daemon.socketPath)
        let running = Task { _ = try? await client.run() }
        guard collecting else {
            connection.withLock { $0 = Connection(client: client, tasks: [running]) }
            return
        }
        let stream = try await client.events(EventFilter(operations: watched.withLock { $0 }))
        let collecting = Task {
            do {
                for try await element in stream { self.events.withLock { $0.append(element) } }
            } catch {}
        }
        connection.withLock { $0 = Connection(client: client, tasks: [collecting, running]) }
        // The subscription must reach the kernel's notify mask before anything is expected of it.
        try await Task.sleep(for: .milliseconds(200))
    }

    /// Ends the daemon in order, starts it and connects again.
    func restart() async throws {
        disconnect()
        try expect(daemon.end(), 0, "wait status of the daemon")
        try await daemon.start()
        try await connect()
    }

    func disconnect() {
        let old = connection.withLock { connection in
            defer { connection = nil }
            return connection
        }
        old?.client.close()
        for task in old?.tasks ?? [] { task.cancel() }
    }

    var client: SallyportClient {
        get throws {
            guard let client = connection.withLock({ $0?.client }) else {
                throw Failure("not connected to the platform")
            }
            return client
        }
    }

    func forgetEvents() { events.withLock { $0.removeAll() } }

    /// Waits until what has happened so far has arrived, a second at most, and forgets it.
    func forgetPast() async {
        if let client = try? client, let marker = try? await client.sync() {
            var seen = 0
            for _ in 0..<100 {
                if collected(from: &seen).contains(.sync(marker)) { break }
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
        forgetEvents()
    }

    /// What was collected after the first `seen` elements, which become those that are seen: thousands arrive, and to look
    /// at all of them at each turn took a seventh of the emulated processors.
    func collected(from seen: inout Int) -> ArraySlice<StreamElement> {
        events.withLock { events in
            // They may have been forgotten meanwhile.
            defer { seen = events.count }
            return events[min(seen, events.count)...]
        }
    }

    var collected: [StreamElement] { events.withLock { $0 } }

    /// Waits for an event; says what was seen when it doesn't come.
    @discardableResult
    func expectEvent(
        _ what: String, within seconds: Int = 10, _ matches: @Sendable (Event) -> Bool
    ) async throws -> Event {
        var seen = 0
        for _ in 0..<seconds * 20 {
            for case .event(let event) in collected(from: &seen) where matches(event) { return event }
            try await Task.sleep(for: .milliseconds(50))
        }
        let last = recent(5)
        throw Failure("no event of \(what) within \(seconds) s; the last of \(collected.count):\n    \(last)")
    }

    /// The last elements collected, in short.
    func recent(_ count: Int) -> String {
        collected.suffix(count).map { element in
            guard case .event(let event) = element else { return "\(element)" }
            var text = "\(event.decision.verdict) \(event.operation.rawValue) by \(event.subject.exe.text)"
            if case .file(let file, let interpreter) = event.object {
                text += " on \(file.path.text) \(file.path.unresolvable?.word ?? "") \(file.flags.words)"
                if let interpreter { text += " run by \(interpreter.text)" }
            }
            return text + " (\(event.decision.policy)/\(event.decision.rule), generation \(event.decision.generation))"
        }.joined(separator: "\n    ")
    }

    /// The denial of an operation on a path.
    @discardableResult
    func expectDenial(_ operation: EndpointModel.Operation, of path: String) async throws -> Event {
        try await expectEvent("the denial of \(operation.rawValue) on \(path)") { event in
            guard event.operation == operation, event.decision.verdict == .deny else { return false }
            guard case .file(let file, _) = event.object else { return false }
            return file.path.text == path
        }
    }

    /// Replaces all policies by these.
    func setPolicies(_ policies: [Policy]) async throws {
        let client = try client
        let names = Set(policies.map(\.name))
        if !policies.isEmpty { _ = try await client.applyPolicies(policies) }
        for installed in try await client.policies() where !names.contains(installed.policy.name) {
            _ = try await client.removePolicy(named: installed.policy.name)
        }
    }
}
