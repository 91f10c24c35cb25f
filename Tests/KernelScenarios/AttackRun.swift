// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// The suite with a platform and an agent.
enum AttackRun {
    private static let slice = "/sys/fs/cgroup/slice"
    private static let cgroup = slice + "/platform"
    static let unit = "/run/lab/unit/sallyport.service"

    /// Whether everything went as expected.
    static func run(_ lab: Lab) async throws -> Bool {
        var suite = AttackSuite()
        // What a live patch is turned off by is there only while one is.
        if !Tamper.folder.isEmpty { try Tamper.load("livepatch") }
        if getenv("WITHOUT_CONTROL") == nil { try suite.control() }
        mkdir("/run/lab/unit", 0o755)
        // As systemd has them.
        try expect(acts_share_mounts(), 0, "share the mounts")
        try Lab.write("[Service]\n", to: unit, mode: 0o644)
        var target = AttackTarget(
            mount: Lab.root, folder: Lab.root + "/victim", scratch: Lab.root + "/scratch", pid: 0,
            executable: Lab.root + "/victim/agent", socket: lab.daemon.run + "/sallyportd.sock")
        try target.prepare()
        try target.makeDisk()
        try Lab.copy("/proc/self/exe", to: target.executable)
        // In a cgroup of their own, as a service manager would have them.
        makeCgroups()
        try move(to: cgroup)
        try SmallDisk.make()
        try await lab.daemon.start(
            ["--self-protection", "on", "--protect", unit], below: ["/proc/self/exe", "nurse"])
        try await lab.connect(collecting: true)
        try expect(try AgentProcess.enrol("victim", ["protect-self"], in: lab), 0, "enrol")
        target.pid = try await victim(target, in: lab)
        try move(to: "/sys/fs/cgroup")
        try await lab.setPolicies([Make.denyTree])
        let daemon = AttackTarget(
            mount: target.mount, folder: target.folder, scratch: target.scratch, pid: lab.daemon.pid,
            executable: lab.daemon.binary, socket: target.socket, disk: target.disk)
        let targets = [(name: "agent", target: target), (name: "daemon", target: daemon)]
        try await suite.run(targets, sealed: false, in: lab)
        try await load(&suite, sealed: false, in: lab)
        let status = try DaemonProcess.runToEnd(
            [lab.daemon.cli, "seal", "--socket", lab.daemon.socketPath], output: Lab.root + "/seal.out")
        try expect(status, 0, "status of sallyport seal")
        try await suite.run(targets, sealed: true, in: lab)
        try await load(&suite, sealed: true, in: lab)
        return suite.conclude()
    }

    private static func load(_ suite: inout AttackSuite, sealed: Bool, in lab: Lab) async throws {
        alarm(300)
        defer { alarm(0) }
        suite.survived("more denials than anybody reads", sealed: sealed, try await floodComplaints(lab))
        let name = sealed ? "sealed" : "before"
        suite.survived("no room for the state", sealed: sealed, try await SmallDisk.complaints(lab, adding: name))
        suite.survived("its parent stopped", sealed: sealed, try await parentComplaints(lab, sealed: sealed))
    }

    /// Two, one in the other, with what they can be narrowed by.
    static func makeCgroups() {
        for path in [slice, cgroup] {
            mkdir(path, 0o755)
            guard path == slice else { continue }
            for folder in ["/sys/fs/cgroup", slice] {
                for controller in ["cpu", "cpuset", "memory", "pids"] {
                    acts_write_text(folder + "/cgroup.subtree_control", "+" + controller)
                }
            }
        }
    }

    private static func move(to cgroup: String) throws {
        try Lab.write("\(getpid())", to: cgroup + "/cgroup.procs", mode: 0o644)
    }

    private static func victim(_ target: AttackTarget, in lab: Lab) async throws -> pid_t {
        let output = Lab.root + "/victim.out"
        let pid = try DaemonProcess.spawn(
            [
                target.executable, "victim", AgentProcess.folder("victim"), lab.daemon.run + "/agents.sock",
                target.folder,
            ]
                + (target.disk.isEmpty ? [] : [target.scratch + "/disk/kept"]), output: output)
        for _ in 0..<400 {
            let text = (try? Lab.read(output)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            if text.contains("ready") { return pid }
            try require(!text.contains("FAIL"), "the agent says: \(text)")
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure("the agent didn't get ready; the daemon's log:\n\(lab.daemon.log)")
    }
}
