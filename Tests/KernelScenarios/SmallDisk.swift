// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// The daemon's state directory on a file system of its own, which others fill.
enum SmallDisk {
    private static let place = "/run/small"
    static let state = place + "/state"
    private static let filler = place + "/filler"

    static func make() throws {
        mkdir(place, 0o755)
        try expect(acts_mount("small", place, "tmpfs", 0, "mode=0755,size=4m"), 0, "mount")
    }

    /// What is wrong while nothing more can be stored, and afterwards: enforcement goes on, a change of policy fails and says
    /// why, nothing is lost, and with room it works again.
    static func complaints(_ lab: Lab, adding name: String) async throws -> [String] {
        let client = try lab.client
        var found: [String] = []
        func expectSame(_ what: String, _ now: some Equatable, _ before: some Equatable) {
            if "\(now)" != "\(before)" { found.append("\(what): \(now), not \(before)") }
        }
        let stored = try Lab.read(state + "/policies")
        let before = try await client.policies().map(\.policy.name).sorted()
        try fill()
        let added = Make.policy(name, Make.rule("x", .deny, object: Make.path("/nowhere/\(name)/**")))
        do {
            _ = try await client.applyPolicies([added])
            found.append("a policy was stored where there is no room")
        } catch {
            expectSame("the reason", error.reason ?? "", "storage-failed")
            if !error.message.contains("make room") { found.append("it doesn't say what to do: \(error.message)") }
        }
        let enrolled = try AgentProcess.enrol("vendor-" + name, in: lab)
        if enrolled != 1 { found.append("sallyport vendor enroll without room ended with \(enrolled)") }
        expectSame("a denied program", Lab.exec(Lab.deniedProgram), -EPERM)
        expectSame("policies with a full disk", try await client.policies().map(\.policy.name).sorted(), before)
        expectSame("what is stored with a full disk", try Lab.read(state + "/policies") == stored, true)
        unlink(filler)
        _ = try await client.applyPolicies([added])
        expectSame(
            "policies with room", try await client.policies().map(\.policy.name).sorted(), (before + [name]).sorted())
        expectSame("a denied program with room", Lab.exec(Lab.deniedProgram), -EPERM)
        return found
    }

    private static func fill() throws {
        let descriptor = open(filler, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        try require(descriptor >= 0, "make a file beside the state directory")
        defer { close(descriptor) }
        let block = [UInt8](repeating: 1, count: 4096)
        while write(descriptor, block, block.count) == block.count {}
        try expect(errno, ENOSPC, "errno of a write")
    }
}
