// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Sallyport

/// An agent with a child that is another program: `kernel-scenarios family CREDENTIALS SOCKET CHILDREN FILE END`. Both are the
/// executable's and, as CHILDREN says, protected with it. The child tries to write to FILE; the agent ends once END exists.
enum Family {
    static func run(_ arguments: [String]) async throws {
        guard arguments.count == 5 else { throw Failure("usage: family CREDENTIALS SOCKET CHILDREN FILE END") }
        let credentials = try VendorCredentials(directory: arguments[0])
        let children = arguments[2] == "true"
        try await SallyportClient.withConnection(to: arguments[1], credentials: credentials) { client in
            _ = try await client.protection.protect([.executable(Array(Lab.own.utf8), children: children)])
            let script = "if echo x >>'\(arguments[3])'; then echo wrote; else echo refused; fi; exec sleep 600"
            let child = try DaemonProcess.spawn(["/bin/busybox", "sh", "-c", script], output: arguments[4] + ".child")
            say("ready \(child)")
            while access(arguments[4], F_OK) != 0 { try await Task.sleep(for: .milliseconds(50)) }
        }
    }
}

/// Such an agent and its child, as a scenario starts them.
struct FamilyProcess {
    var agent: pid_t
    var child: pid_t
    private var end: String

    init(_ program: String, children: Bool, file: String, in lab: Lab) async throws {
        end = Lab.root + "/family-\(children).end"
        for name in ["", ".child", ".out"] { unlink(end + name) }
        agent = try DaemonProcess.spawn(
            [
                program, "family", AgentProcess.folder("owner"), lab.daemon.run + "/agents.sock", "\(children)", file,
                end,
            ], output: end + ".out")
        child = 0
        for _ in 0..<200 where child == 0 {
            try await Task.sleep(for: .milliseconds(50))
            child = Self.said(end + ".out", after: "ready ").flatMap { pid_t($0) } ?? 0
        }
        try require(child > 0, "the agent says: \(Self.said(end + ".out", after: "") ?? "")")
    }

    /// What its child says of its try: whether the file was written to.
    func childWrote() async throws -> Bool {
        for _ in 0..<100 {
            let said = Self.said(end + ".child", after: "") ?? ""
            if said.contains("wrote") { return true }
            if said.contains("refused") { return false }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure("the child says nothing")
    }

    /// Has the agent end, by itself: nobody else can.
    func finish() throws {
        try Lab.write("", to: end, mode: 0o644)
        waitpid(agent, nil, 0)
    }

    private static func said(_ path: String, after prefix: String) -> String? {
        guard let bytes = try? Lab.read(path) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        return prefix.isEmpty
            ? lines.joined(separator: " ")
            : lines.first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }
}
