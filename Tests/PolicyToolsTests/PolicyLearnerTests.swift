// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyLanguage
import PolicyTools
import Testing

@Suite struct PolicyLearnerTests {
    private func learn(
        _ events: [Event], on operations: Set<Operation>, subject: String? = nil,
        generalization: PolicyLearner.Generalization = .none
    ) throws -> PolicyLearner {
        var request = PolicyLearner.Request(
            name: "learned", operations: operations, subject: try subject.map { try PathPattern($0) })
        request.mode = .enforce
        request.generalization = generalization
        var learner = PolicyLearner(request)
        for event in events { learner.take(.event(event)) }
        return learner
    }

    private func verdict(_ policy: Policy, _ attempt: Attempt) throws -> Verdict {
        try CheckedPolicies([policy]).decide(attempt).decision.verdict
    }

    private func opened(_ path: String, _ access: Access...) -> Event {
        var details = EventDetails()
        details.access = Set(access)
        return event(.fileOpen, object: file(path), details: details)
    }

    @Test func `Exactly what was seen is allowed, and the rest of what was asked about denied`() throws {
        let events = [
            event(.processExec, object: file("/usr/bin/ls")), event(.processExec, object: file("/usr/bin/a*b[1]{x}")),
            event(.imageLoad, object: file("/usr/lib/other.so")),
        ]
        let policy = try #require(try learn(events, on: [.processExec]).proposal)
        for path in ["/usr/bin/ls", "/usr/bin/a*b[1]{x}"] {
            #expect(try verdict(policy, attempt(.processExec, path: path)) == .allow)
            #expect(try verdict(policy, attempt(.processExec, exe: "/usr/bin/other", path: path)) == .deny)
        }
        #expect(try verdict(policy, attempt(.processExec, path: "/usr/bin/aXb1x")) == .deny)
        // Not asked about.
        #expect(try verdict(policy, attempt(.imageLoad, path: "/usr/bin/evil")) == .allow)
    }

    @Test func `Only programs that were asked about are concerned`() throws {
        let events = [
            event(.processExec, object: file("/bin/a")), event(.processExec, exe: "/opt/x", object: file("/bin/b")),
        ]
        let learner = try learn(events, on: [.processExec], subject: "/usr/bin/*")
        let policy = try #require(learner.proposal)
        #expect(learner.considered == 1)
        #expect(policy.rules.count == 2)
        #expect(try verdict(policy, attempt(.processExec, exe: "/opt/x", path: "/bin/anything")) == .allow)
        #expect(try verdict(policy, attempt(.processExec, path: "/bin/b")) == .deny)
    }

    @Test func `Whoever read a file may not write it`() throws {
        let events = [
            opened("/etc/a", .read), opened("/var/b", .write), opened("/var/c", .read), opened("/var/c", .write),
        ]
        let policy = try #require(try learn(events, on: [.fileOpen]).proposal)
        func may(_ path: String, _ access: Set<Access>) throws -> Bool {
            try verdict(policy, attempt(.fileOpen, path: path, access: access)) == .allow
        }
        #expect(try may("/etc/a", [.read]) && !may("/etc/a", [.write]) && !may("/etc/a", [.read, .write]))
        #expect(try may("/var/b", [.write]) && !may("/var/b", [.read]) && !may("/var/b", [.read, .write]))
        #expect(try may("/var/c", [.write]) && may("/var/c", [.read]) && may("/var/c", [.read, .write]))
        #expect(try !may("/etc/b", [.read]))
    }

    @Test func `Memory may be of the kinds that were seen and no other`() throws {
        var details = EventDetails()
        details.mappings = [.anonymous]
        let policy = try #require(
            try learn([event(.memoryMapExecutable, details: details)], on: [.memoryMapExecutable]).proposal)
        func may(
            _ mappings: Set<MappingKind>, _ path: ObservedPath = ObservedPath(bytes: [], unresolvable: .anonymous)
        ) throws
            -> Bool
        {
            var attempt = attempt(.memoryMapExecutable)
            attempt.object = .file(FileFacts(path: path, filesystem: ""))
            attempt.mappings = mappings
            return try verdict(policy, attempt) == .allow
        }
        #expect(try may([.anonymous]))
        #expect(try !may([.anonymous, .writable]) && !may([.stack]))
        #expect(try !may([.anonymous], ObservedPath("/usr/lib/x.so")))
    }

    @Test func `Signals to one program aren't signals to all`() throws {
        var details = EventDetails()
        details.signal = Signal("TERM")
        details.target = ObservedPath("/usr/sbin/nginx")
        let process = EventObject.process(ProcessIdentity(pid: 9, startTime: 1, execCount: 1))
        let seen = event(.processSignal, object: process, details: details)
        details.target = nil
        let unknown = event(.processSignal, object: process, details: details)
        let learner = try learn([seen, unknown], on: [.processSignal])
        #expect(learner.omissions == [.object: 1])
        let policy = try #require(learner.proposal)
        func verdict(_ exe: String, _ signal: String) throws -> Verdict {
            var attempt = attempt(.processSignal)
            attempt.object = .process(ProcessFacts(exe: ObservedPath(exe)))
            attempt.signal = Signal(signal)
            return try self.verdict(policy, attempt)
        }
        #expect(try verdict("/usr/sbin/nginx", "TERM") == .allow)
        #expect(try verdict("/usr/sbin/nginx", "KILL") == .deny && verdict("/usr/sbin/sshd", "TERM") == .deny)
    }

    @Test func `What no rule can say exactly is counted, not permitted`() throws {
        let memfd = EventObject.file(
            FileObject(path: ObservedPath(bytes: [], unresolvable: .anonymous)), interpreter: nil)
        let bytes = EventObject.file(FileObject(path: ObservedPath(bytes: [47, 0xFF])), interpreter: nil)
        let events = [
            event(.processExec, object: memfd), event(.processExec, object: bytes),
            event(.processExec, object: file("/bin/a"), verdict: .deny),
            event(.processExec, exe: "", object: file("/bin/a")),
        ]
        var learner = try learn(events, on: [.processExec])
        #expect(learner.proposal == nil)
        #expect(learner.omissions == [.object: 2, .denied: 1, .subject: 1])
        learner.take(.gap(Gap(place: .kernel, counts: [.processExec: 3, .imageLoad: 4])))
        #expect(learner.lost == 3)
    }

    @Test func `A directory stands for its files only when enough of them were seen, and nobody else may write there`()
        throws
    {
        func events(_ directory: String, _ count: Int) -> [Event] {
            (0..<count).map { event(.imageLoad, object: file("\(directory)/lib\($0).so")) }
        }
        let all = events("/usr/lib/many", 8) + events("/usr/lib/few", 7) + events("/tmp", 9) + events("", 9)
        let policy = try #require(
            try learn(all, on: [.imageLoad], generalization: .directory(files: 8)).proposal)
        func may(_ path: String) throws -> Bool { try verdict(policy, attempt(.imageLoad, path: path)) == .allow }
        #expect(try may("/usr/lib/many/new.so") && !may("/usr/lib/many/sub/new.so"))
        #expect(try may("/usr/lib/few/lib0.so") && !may("/usr/lib/few/new.so"))
        #expect(try may("/tmp/lib0.so") && !may("/tmp/new.so") && !may("/new.so"))
        let exact = try #require(try learn(all, on: [.imageLoad]).proposal)
        #expect(try verdict(exact, attempt(.imageLoad, path: "/usr/lib/many/new.so")) == .deny)
    }

    @Test func `The proposal is a policy file without a complaint, and the same for the same events`() throws {
        var events = [opened("/etc/a'b\u{1B}", .read), opened("/var/b", .write)]
        for number in 0..<20 {
            events.append(event(.processExec, exe: "/opt/Größe \(number % 3)", object: file("/usr/bin/\(number)")))
        }
        let policy = try #require(
            try learn(
                events, on: [.processExec, .fileOpen], subject: "/{usr,opt}/**", generalization: .directory(files: 3)
            )
            .proposal)
        let document = PolicyDocument.parse(text: PolicyDocument.yaml(for: policy), file: "f")
        #expect(document.diagnostics.isEmpty)
        #expect(document.policies == [policy])
        let again = try learn(
            events.reversed(), on: [.processExec, .fileOpen], subject: "/{usr,opt}/**",
            generalization: .directory(files: 3)
        ).proposal
        #expect(again == policy)
        // Exact ones first, the denial of the rest last.
        #expect(policy.rules.last?.name == "everything-else")
        let general = policy.rules.map {
            $0.object?.all.first?.pathList?.patterns.contains { $0.text.hasSuffix("/*") } == true
        }
        #expect(general.dropLast().drop { !$0 }.allSatisfy { $0 })
    }

    @Test func `The policy to learn under denies nothing and reports what was asked about`() throws {
        let request = PolicyLearner.Request(
            name: "web", operations: [.processExec, .processExit], subject: try PathPattern("/usr/bin/*"))
        let policy = PolicyLearner.learningPolicy(for: request)
        #expect(policy.name == "web-learning")
        #expect(try verdict(policy, attempt(.processExec, path: "/x")) == .audit)
        #expect(try verdict(policy, attempt(.processExec, exe: "/opt/x", path: "/x")) == .allow)
        #expect(try verdict(policy, attempt(.fileOpen, path: "/x", access: [.read])) == .allow)
    }
}
