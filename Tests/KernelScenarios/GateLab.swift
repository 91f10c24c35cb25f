// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import Gate
import Glibc

/// Where the gate's scenarios act: a mount of its own, that nothing else of the machine uses.
enum GateLab {
    static let root = "/run/held"
    static let program = root + "/program"
    static let text = root + "/text"
    static let library = root + "/library.so"
    /// Belongs to nobody in particular: whoever likes may write to it.
    static let shared = root + "/shared"
    static let binary = Lab.root + "/kernel-scenarios"

    /// How much longer than promised something may take here: two emulated processors on a busy machine.
    static let slack = Duration.milliseconds(400)

    static func prepare() throws {
        mkdir(root, 0o755)
        try expect(acts_mount("held", root, "tmpfs", 0, "mode=0755,size=64m"), 0, "mount")
        try Lab.write(Lab.tinyProgram, to: program, mode: 0o755)
        try Lab.write("some words", to: text, mode: 0o644)
        try Lab.write("some words", to: shared, mode: 0o644)
        chmod(shared, 0o666)
        try Lab.copy("/lib/x86_64-linux-gnu/libutil.so.1", to: library)
        try Lab.copy(CommandLine.arguments[0], to: binary)
    }

    /// 0 or -errno.
    static func open(_ path: String, _ flags: Int32 = O_RDONLY) -> Int32 {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return -errno }
        close(descriptor)
        return 0
    }

    /// How long an act takes.
    static func time(_ body: () throws -> Void) rethrows -> Duration {
        let clock = ContinuousClock()
        let start = clock.now
        try body()
        return clock.now - start
    }
}

/// A running `Holder`.
final class HolderProcess {
    let pid: pid_t
    private let output: String
    private var hasEnded = false

    init(_ holder: Holder) async throws {
        output = "/run/holder-\(UInt32.random(in: 0 ... .max))"
        pid = try DaemonProcess.spawn([GateLab.binary, "holder"] + holder.words, output: output)
        for _ in 0..<300 {
            if lines.contains("ready") { return }
            try require(waitpid(pid, nil, WNOHANG) == 0, "the holder ended at start: \(lines)")
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure("the holder didn't get ready: \(lines)")
    }

    deinit { if !hasEnded { _ = end(SIGKILL) } }

    /// What it has said.
    var lines: [String] {
        let text = (try? Lab.read(output)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// What its gate had counted at the end.
    var counters: [String: Int64] {
        var values: [String: Int64] = [:]
        for word in lines.last(where: { $0.hasPrefix("counters ") })?.split(separator: " ") ?? [] {
            let parts = word.split(separator: "=")
            if parts.count == 2 { values[String(parts[0])] = Int64(parts[1]) }
        }
        return values
    }

    func count(_ beginning: String) -> Int { lines.count { $0.hasPrefix(beginning) } }

    /// Stops it, and returns when none of its threads runs any more.
    func stop() {
        kill(pid, SIGSTOP)
        var status: Int32 = 0
        waitpid(pid, &status, WUNTRACED)
    }

    func send(_ signal: Int32) { kill(pid, signal) }

    @discardableResult
    func end(_ signal: Int32 = SIGTERM) -> Int32 {
        hasEnded = true
        kill(pid, signal)
        kill(pid, SIGCONT)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        return status
    }

    /// The guards that run, of this holder and of others.
    static var guards: [pid_t] {
        guard let processes = opendir("/proc") else { return [] }
        defer { closedir(processes) }
        var found: [pid_t] = []
        while let entry = readdir(processes) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let pid = pid_t(name), let comm = try? Lab.read("/proc/\(pid)/comm") else { continue }
            // One that has ended and that nobody has waited for is none.
            guard let status = try? Lab.read("/proc/\(pid)/statm"), status.first != UInt8(ascii: "0") else { continue }
            if String(decoding: comm, as: UTF8.self) == "sallyport-guard\n" { found.append(pid) }
        }
        return found
    }

    /// Waits until that many guards run.
    static func expectGuards(_ count: Int) async throws {
        for _ in 0..<100 {
            if guards.count == count { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure("\(guards.count) guards run, not \(count)")
    }
}
