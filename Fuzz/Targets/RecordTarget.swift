// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import EventRecords
import KernelABI
import SallyportAPI
import SwiftProtobuf

/// Records of a ring, one after another, and the events that a reader makes of them.
struct RecordTarget: FuzzTarget {
    let name = "records"

    struct NoNames: RuleNames {
        func name(ofRule number: UInt32, generation: UInt64) -> (policy: String, rule: String, vendor: String)? { nil }
    }

    static func record(_ operation: Operation) -> [UInt8] {
        var writer = RecordWriter(operation, verdict: .allow, rule: nil, generation: 1)
        writer.setSubject(Samples.process)
        return withUnsafeBytes(of: writer.fixed) { Array($0) } + writer.tail
    }

    func samples() throws -> [[UInt8]] {
        [Operation.processExec, .processCreate, .processExit, .fileOpen].map(Self.record)
            + [Self.record(.processExec) + Self.record(.processExit)]
    }

    func decode(_ bytes: [UInt8]) {
        var assembler = EventAssembler(names: NoNames())
        bytes.withUnsafeBytes { Self.assemble($0, &assembler) }
    }

    static func assemble(_ bytes: UnsafeRawBufferPointer, _ assembler: inout EventAssembler) {
        var rest = bytes
        while !rest.isEmpty, let record = try? KernelRecord(rest) {
            if let element = assembler.apply(record, wallOffset: 1) {
                let message = try? Sallyport_V1_StreamElement(element).serializedBytes() as [UInt8]
                precondition(message != nil, "an event that can't be sent")
            }
            _ = assembler.insertFound(record)
            let length = Int(record.fixed.length)
            guard length > 0, length <= rest.count else { return }
            rest = UnsafeRawBufferPointer(rebasing: rest[length...])
        }
    }
}
