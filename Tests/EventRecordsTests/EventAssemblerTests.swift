// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import EventRecords
import KernelABI
import Testing

@Suite
struct EventAssemblerTests {
    private struct NoNames: RuleNames {
        func name(ofRule number: UInt32, generation: UInt64) -> (policy: String, rule: String, vendor: String)? { nil }
    }

    private func process(_ pid: Int32) -> Process {
        Process(identity: ProcessIdentity(pid: pid, startTime: 5, execCount: 1))
    }

    private func record(_ writer: RecordWriter) throws -> KernelRecord {
        var bytes: [UInt8] = []
        withUnsafeBytes(of: writer.fixed) { bytes += $0 }
        bytes += writer.tail
        return try bytes.withUnsafeBytes { try KernelRecord($0) }
    }

    @Test("what the writer writes is what the assembler tells")
    func roundTrip() throws {
        var file = FileObject(path: ObservedPath("/usr/bin/id"))
        file.identity.inode = 7
        file.size = 12
        var subject = process(40)
        subject.command = "sh"
        subject.cgroup.path = "/a/b"
        subject.credentials.uid = 1000
        var writer = RecordWriter(.fileOpen, verdict: .deny, rule: nil, generation: 3)
        writer.setSubject(subject)
        writer.setFile(file)
        writer.fixed.subscriber_sequence = 9
        var assembler = EventAssembler(names: NoNames())
        guard case .event(let event)? = assembler.apply(try record(writer), wallOffset: 10) else {
            Issue.record("no event")
            return
        }
        #expect(event.sequence == 9)
        #expect(event.operation == .fileOpen)
        #expect(event.decision == Decision(verdict: .deny, generation: 3))
        #expect(event.subject.identity == subject.identity)
        #expect(event.subject.command == "sh")
        #expect(event.subject.cgroup.path == "/a/b")
        #expect(event.subject.credentials == subject.credentials)
        #expect(event.object == .file(file, interpreter: nil))
    }

    @Test("a record that is sent as context changes the table and isn't told")
    func context() throws {
        var assembler = EventAssembler(names: NoNames(), table: ProcessTable([process(40)]))
        var writer = RecordWriter(.processExec, verdict: .allow, rule: nil, generation: 0)
        var after = process(40)
        after.identity.execCount = 2
        writer.setSubject(after)
        writer.setFile(FileObject(path: ObservedPath("/bin/new")))
        writer.fixed.flags = UInt8(SP_RECORD_CONTEXT.rawValue)
        #expect(assembler.apply(try record(writer), wallOffset: 0) == nil)
        #expect(assembler.table.process(pid: 40)?.exe == ObservedPath("/bin/new"))
        writer = RecordWriter(.processExit, verdict: .allow, rule: nil, generation: 0)
        writer.setSubject(after)
        writer.fixed.flags = UInt8(SP_RECORD_CONTEXT.rawValue)
        #expect(assembler.apply(try record(writer), wallOffset: 0) == nil)
        #expect(assembler.table.process(pid: 40) == nil)
    }

    @Test("a marker is told by its number")
    func marker() throws {
        var writer = RecordWriter(.processExec, verdict: .allow, rule: nil, generation: 0)
        writer.fixed.operation = UInt16(SP_OP_SYNC.rawValue)
        writer.fixed.sequence = 77
        var assembler = EventAssembler(names: NoNames())
        #expect(assembler.apply(try record(writer), wallOffset: 0) == .sync(77))
        #expect(assembler.table.count == 0)
    }

    @Test("losses become a gap with counts by operation, the denials among them and the numbers missing")
    func gap() throws {
        var losses = sp_losses()
        losses.first = 4
        losses.last = 8
        losses.denials = 2
        losses.context = 1
        withUnsafeMutableBytes(of: &losses.lost) {
            $0.storeBytes(of: 5, toByteOffset: Int(Operation.fileOpen.kernelNumber) * 8, as: UInt64.self)
        }
        var fixed = sp_record()
        fixed.version = UInt16(SP_ABI_VERSION)
        fixed.operation = UInt16(SP_OP_GAP.rawValue)
        fixed.fixed_length = UInt16(MemoryLayout<sp_record>.size)
        let field = sp_field(
            type: UInt16(SP_FIELD_LOSSES.rawValue), unresolvable: 0, truncated: 0,
            length: UInt32(MemoryLayout<sp_losses>.size))
        fixed.length = UInt32(
            MemoryLayout<sp_record>.size + MemoryLayout<sp_field>.size + MemoryLayout<sp_losses>.size)
        var bytes: [UInt8] = []
        withUnsafeBytes(of: fixed) { bytes += $0 }
        withUnsafeBytes(of: field) { bytes += $0 }
        withUnsafeBytes(of: losses) { bytes += $0 }
        let record = try bytes.withUnsafeBytes { try KernelRecord($0) }
        #expect(record.losesContext)
        var assembler = EventAssembler(names: NoNames())
        #expect(
            assembler.apply(record, wallOffset: 0)
                == .gap(Gap(place: .subscriber, missing: 4...8, counts: [.fileOpen: 5], denied: 2)))
    }

    @Test("a record cut anywhere is an error or a shorter record, never a trap")
    func cut() throws {
        var writer = RecordWriter(.fileOpen, verdict: .allow, rule: nil, generation: 0)
        writer.setSubject(process(1))
        writer.setFile(FileObject(path: ObservedPath("/a")))
        var bytes: [UInt8] = []
        withUnsafeBytes(of: writer.fixed) { bytes += $0 }
        bytes += writer.tail
        for count in 0..<bytes.count {
            #expect(throws: KernelRecord.Failure.truncated) {
                try bytes.prefix(count).withUnsafeBytes { try KernelRecord($0) }
            }
        }
    }
}
