// SPDX-License-Identifier: Apache-2.0

import Commands
import Conformance
import EndpointModel
import FoundationEssentials
import Testing

/// What programs read, held against `docs/schema`.
@Suite struct JSONTests {
    private func document(_ object: JSONObject) throws -> JSONDocument {
        try JSONDocument(parsing: JSONValue.object(object).text)
    }

    @Test func `Every kind of event and gap is as published`() throws {
        let schema = try PublishedSchema("event.json")
        for element in Samples.elements {
            let problems = schema.problems(try document(element.json))
            #expect(problems.isEmpty)
        }
    }

    @Test(arguments: Operation.allCases)
    func `An event of every operation is as published, with all of its details and without`(operation: Operation) throws
    {
        let schema = try PublishedSchema("event.json")
        for event in Samples.events(of: operation) {
            let problems = schema.problems(try document(event.json))
            #expect(problems.isEmpty)
        }
        let gap = Gap(place: .kernel, counts: [operation: 1])
        #expect(schema.problems(try document(gap.json)).isEmpty)
    }

    @Test func `An output that isn't as published is noticed`() throws {
        let schema = try PublishedSchema("event.json")
        var object = Samples.event().json
        object["verdict"] = "perhaps"
        #expect(!schema.problems(try document(object)).isEmpty)
        object = Samples.event().json
        object["surprise"] = 1
        #expect(!schema.problems(try document(object)).isEmpty)
        object = Samples.event().json
        object["subject"] = nil
        #expect(!schema.problems(try document(object)).isEmpty)
    }

    @Test func `What an agent's checks came to is as published`() throws {
        let results = [
            ConformanceResult(.greets, .passed(detail: "")), ConformanceResult(.reconnects, .passed(detail: "3 ms")),
            ConformanceResult(.answersInTime, .notApplicable(reason: "r")),
            ConformanceResult(.survivesCrash, .failed(reason: "it ended")),
        ]
        let json = ConformanceText.json(results)
        let problems = try PublishedSchema("conformance.json").problems(try document(json))
        #expect(problems.isEmpty)
        #expect(json["conforming"] == false && json["failed"] == 1 && json["not_applicable"] == 1)
    }

    @Test func `Integrity's status and findings are as published`() throws {
        var check = IntegrityStatus.Check(name: "kernel-text", covers: "c", isFull: true, response: .isolate)
        let never = check
        check.looks = 2
        check.lastLook = 1_700_000_000_000_000_000
        check.gaps = ["g"]
        check.violations = 1
        let status = IntegrityStatus(
            checks: [check, never], fastMaximum: 30, fullMaximum: 300, since: 1, processorTime: 5_000_000,
            baseline: "b", isIsolated: false)
        #expect(try PublishedSchema("integrity-status.json").problems(try document(status.json)).isEmpty)
        #expect(status.json["violations"] == 1)
        let findings = Finding.Severity.allCases.map { severity in
            Finding(
                id: 1, check: "kernel-text", severity: severity, subject: "s", summary: "s",
                process: severity == .violation ? 5 : nil,
                differences: [.init(symbol: "f", offset: 3, expected: [0x90], found: [0xcc, 0x0f])], firstSeen: 1,
                lastSeen: 2, ended: severity == .explained ? 3 : nil, response: .panic)
        }
        let report: JSONObject = ["findings": .array(findings.map { .object($0.json) })]
        #expect(try PublishedSchema("integrity-report.json").problems(try document(report)).isEmpty)
    }

    @Test func `Status, doctor, policies, processes, receipts and diagnostics are as published`() throws {
        let installed = try Samples.installedPolicy()
        let full = try Samples.fullPolicy()
        let process = Samples.process(5, exe: ObservedPath(bytes: Samples.hostile))
        let receipt = PolicyReceipt(generation: 1, policies: 2, rules: 3, patterns: 4, states: 5, notes: ["n"])
        let diagnostic = SourceDiagnostic(.error, file: "f", line: 1, column: 2, message: "m", hint: "h")
        let check: JSONObject = ["ok": false, "diagnostics": .array([.object(diagnostic.json)]), "compiled": .null]
        let outputs: [(String, JSONObject)] = [
            ("status.json", Samples.status.json), ("doctor.json", Samples.coverage.json),
            ("policy-list.json", ["policies": .array([.object(installed.json), .object(full.json)])]),
            ("process-list.json", ["processes": .array([.object(process.json)])]),
            ("process-list.json", ProcessTree([process]).json), ("receipt.json", receipt.json),
            ("diagnostics.json", check),
        ]
        try checkVendors()
        for (name, output) in outputs {
            let problems = try PublishedSchema(name).problems(try document(output))
            #expect(problems.isEmpty, "\(name)")
        }
    }

    private func checkVendors() throws {
        let vendor = Vendor(
            name: "acme", state: .suspended, ceiling: .all,
            executables: [Digest(bytes: [UInt8](repeating: 7, count: 32))!],
            enrolledAt: 1, notAfter: 2,
            quotas: [VendorQuota(limit: NamedLimit("vendor-rules", 1024, "rules"), used: 3, refused: 1)])
        let fresh = Vendor(name: "new", state: .active, ceiling: .none, enrolledAt: 1)
        let authority = VendorAuthority(
            certificate: "PEM", issues: true, notAfter: 3, refusals: ["certificate-expired": 2])
        let outputs: [(String, JSONObject)] = [
            ("vendor.json", vendor.json), ("vendor.json", fresh.json),
            ("vendor-list.json", ["vendors": .array([.object(vendor.json), .object(fresh.json)])]),
            ("vendor-authority.json", authority.json),
        ]
        for (name, output) in outputs {
            #expect(try PublishedSchema(name).problems(try document(output)).isEmpty, "\(name)")
        }
        var event = Samples.event()
        event.decision.cause = "answered"
        event.decision.reason = "no"
        #expect(try PublishedSchema("event.json").problems(try document(event.json)).isEmpty)
    }

    @Test func `Every operation of the model is in the published schema`() throws {
        let schema = try PublishedSchema("event.json")
        for operation in Operation.allCases {
            #expect(schema.problems(.string(operation.rawValue), pointer: "#/$defs/event/properties/operation").isEmpty)
        }
        for reason in ObservedPath.Unresolvable.allCases {
            #expect(schema.problems(.string(reason.word), pointer: "#/$defs/file/properties/unresolvable").isEmpty)
        }
        let lists = [
            ("file/properties/flags", FileFlag.allCases.map(\.rawValue)),
            ("event/properties/access", Access.allCases.map(\.rawValue)),
            ("event/properties/mapping", MappingKind.allCases.map(\.rawValue)),
        ]
        for (place, words) in lists {
            #expect(schema.problems(.array(words.map(JSONDocument.string)), pointer: "#/$defs/\(place)").isEmpty)
        }
        for area in KernelArea.allCases {
            #expect(schema.problems(.string(area.rawValue), pointer: "#/$defs/event/properties/area").isEmpty)
        }
    }

    @Test func `A path that isn't UTF-8 keeps its bytes`() throws {
        let event = Samples.event(
            object: .file(FileObject(path: ObservedPath(bytes: Samples.hostile)), interpreter: nil))
        let object = try #require(try document(event.json)["object"])
        let bytes = try #require(object["path_bytes"]?.string.flatMap { Data(base64Encoded: $0) })
        #expect(Array(bytes) == Samples.hostile)
        #expect(object["path"]?.string == String(decoding: Samples.hostile, as: UTF8.self))
        let plain = try #require(try document(Samples.event().json)["object"])
        #expect(plain["path_bytes"] == nil)
    }

    @Test func `What belongs to some operations only is there when it is, and only then`() throws {
        let plain = try #require(try document(Samples.event().json).members)
        let keys: Set = ["access", "way", "signal", "mapping", "area", "target", "credentials", "name"]
        #expect(keys.isDisjoint(with: plain.keys))
        let opened = try document(Samples.openedProcess.json)
        #expect(opened["access"] == .array([.string("attach"), .string("read_memory")]))
        #expect(opened["way"] == .string("ptrace"))
        let signalled = try document(Samples.signalledProcess.json)
        #expect(signalled["signal"] == .string("KILL"))
        var none = EventDetails()
        none.signal = Signal(number: 0)
        #expect(try document(Samples.event(.processSignal, details: none).json)["signal"] == .string("0"))
    }

    @Test func `What a process runs belongs to the process, where a file goes to the event`() throws {
        let opened = try document(Samples.openedProcess.json)
        #expect(opened["object"]?["exe"] == .string("/usr/sbin/sshd"))
        #expect(opened["object"]?["pid"] == .number(4711))
        #expect(opened["target"] == nil)
        var details = EventDetails()
        details.target = ObservedPath(bytes: Samples.hostile, unresolvable: .detached)
        let renamed = try document(Samples.event(.fileRename, details: details).json)
        let bytes = try #require(renamed["target"]?["path_bytes"]?.string.flatMap { Data(base64Encoded: $0) })
        #expect(Array(bytes) == Samples.hostile)
        #expect(renamed["target"]?["unresolvable"] == .string("detached"))
    }

    @Test func `A policy says everything that its file does, in the file's words`() throws {
        let policy = try document(try Samples.fullPolicy().json)
        #expect(policy["when_uncovered"] == .string("audit"))
        #expect(policy["scope"]?.members.map { Set($0.keys) } == Set(Field.allCases.map(\.rawValue)))
        let rule = try #require(policy["rules"]?.array?.first)
        #expect(rule["subject"]?["user"] == .array([.string("0"), .string("www-data")]))
        #expect(rule["subject"]?["not"]?["container"] == .array([.string("*"), .string("0123456789ab")]))
        #expect(rule["object"]?.members.map { Set($0.keys) } == ["not"])
        #expect(rule["object"]?["not"]?["interpreter"] == .array([.string("unresolvable")]))
        #expect(rule["signal"] == .array([.string("KILL"), .string("40")]))
        #expect(rule["action"] == .string("ask"))
        #expect(rule["unknown_digest"] == .string("allow"))
        #expect(rule["timeout"] == .string("500ms"))
        #expect(rule["on_timeout"] == .string("deny"))
        let plain = try #require(try document(try Samples.installedPolicy().json)["rules"]?.array?.last)
        #expect(plain.members.map { Set($0.keys) } == ["name", "on", "object", "action"])
    }

    @Test func `Any string survives the way through JSON, and none of it drives a terminal`() throws {
        var all = ""
        for value in UInt32(0)...0x2100 { all.unicodeScalars.append(Unicode.Scalar(value)!) }
        all += "\u{1F600}\u{10FFFF}"
        let text = JSONValue.string(all).text
        #expect(try JSONDocument(parsing: text).string?.unicodeScalars.elementsEqual(all.unicodeScalars) == true)
        let harmless = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
        #expect(harmless)
    }

    @Test func `Large numbers aren't rounded`() {
        #expect(JSONValue.number(UInt64.max).text == "18446744073709551615")
        #expect(JSONValue.number(Int64.min).text == "-9223372036854775808")
    }

    @Test func `Times are RFC 3339 in UTC with nanoseconds`() {
        #expect(Timestamp(nanoseconds: 0).rfc3339 == "1970-01-01T00:00:00.000000000Z")
        #expect(Timestamp(nanoseconds: 1_709_164_800_000_000_001).rfc3339 == "2024-02-29T00:00:00.000000001Z")
        #expect(Timestamp(nanoseconds: 4_102_444_799_999_999_999).rfc3339 == "2099-12-31T23:59:59.999999999Z")
    }

    @Test func `How a process ended is told apart`() throws {
        let exited = try document(EventObject.exit(status: 3 << 8).json)
        #expect(exited["exit_code"] == .number(3))
        #expect(exited["signal"] == nil)
        let killed = try document(EventObject.exit(status: 0x80 | 11).json)
        #expect(killed["signal"] == .number(11))
        #expect(killed["exit_code"] == nil)
    }
}
