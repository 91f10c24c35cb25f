// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import FoundationEssentials

/// One line of `sallyport watch --output json`, read back: what policies can ask about, not all that an event has.
package struct RecordedEvent: Decodable {
    package var element: StreamElement

    /// - Throws: `DecodingError` where the line isn't one.
    package static func parse(_ line: [UInt8]) throws -> StreamElement {
        try JSONDecoder().decode(RecordedEvent.self, from: Data(line)).element
    }

    /// Reads a file of such lines; empty ones are skipped.
    ///
    /// - Throws: `CommandFailure` with the line that isn't one; what `body` throws.
    package static func forEach(of path: String, _ body: (StreamElement) throws -> Void) throws {
        try FileContents.forEachLine(of: path) { line, number in
            guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) else { return }
            let element: StreamElement
            do {
                element = try parse(line)
            } catch {
                throw CommandFailure(
                    .usage,
                    "\(path):\(number): not a line of `sallyport watch --output json`: \(Self.problem(error))")
            }
            try body(element)
        }
    }

    private static func problem(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "'\(key.stringValue)' is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is of another kind"
        case DecodingError.dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "no JSON"
                : "'\(context.codingPath.map(\.stringValue).joined(separator: "."))': \(context.debugDescription)"
        default: "\(error)"
        }
    }

    private enum Key: String, CodingKey {
        case gap, sequence, operation, verdict, policy, rule, vendor, generation, subject, object
        case access, signal, mapping, area
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        if container.contains(.gap) {
            element = .gap(try container.decode(RecordedGap.self, forKey: .gap).gap)
            return
        }
        let subject = try container.decode(RecordedProcess.self, forKey: .subject)
        let object = try container.decode(RecordedObject.self, forKey: .object)
        let decision = Decision(
            verdict: try container.decode(Verdict.self, forKey: .verdict),
            policy: try container.decode(String.self, forKey: .policy),
            rule: try container.decode(String.self, forKey: .rule),
            vendor: try container.decodeIfPresent(String.self, forKey: .vendor) ?? "",
            generation: try container.decodeIfPresent(UInt64.self, forKey: .generation) ?? 0)
        var details = EventDetails()
        details.access = Set(try container.decodeIfPresent([Access].self, forKey: .access) ?? [])
        details.mappings = Set(try container.decodeIfPresent([MappingKind].self, forKey: .mapping) ?? [])
        details.area = try container.decodeIfPresent(KernelArea.self, forKey: .area)
        details.target = object.program
        if let text = try container.decodeIfPresent(String.self, forKey: .signal) {
            guard let signal = Signal(text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: Key.signal, in: container, debugDescription: "'\(text)' is no signal")
            }
            details.signal = signal
        }
        element = .event(
            Event(
                sequence: try container.decode(UInt64.self, forKey: .sequence), time: 0, monotonicTime: 0,
                operation: try container.decode(Operation.self, forKey: .operation), decision: decision,
                subject: subject.process, object: object.object, details: details))
    }
}

private struct RecordedGap: Decodable {
    var gap: Gap

    private enum Key: String, CodingKey { case place, counts, denied }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let counts = try container.decode([String: UInt64].self, forKey: .counts)
        gap = Gap(
            place: try container.decode(Gap.Place.self, forKey: .place),
            counts: Dictionary(
                uniqueKeysWithValues: counts.compactMap { name, count in Operation(rawValue: name).map { ($0, count) } }
            ),
            denied: try container.decode(UInt64.self, forKey: .denied))
    }
}

private struct RecordedProcess: Decodable {
    var process: Process

    private enum Key: String, CodingKey {
        case pid, exe, uid, gid, euid, egid, capabilities, cgroup
        case exeBytes = "exe_bytes"
        case exeUnresolvable = "exe_unresolvable"
    }

    private struct Group: Decodable { var path: String }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let pid = try container.decode(Int32.self, forKey: .pid)
        process = Process(identity: ProcessIdentity(pid: pid, startTime: 0, execCount: 0))
        process.exe = try container.path(.exe, .exeBytes, .exeUnresolvable)
        process.credentials.uid = try container.decode(UInt32.self, forKey: .uid)
        process.credentials.gid = try container.decode(UInt32.self, forKey: .gid)
        process.credentials.effectiveUID = try container.decode(UInt32.self, forKey: .euid)
        process.credentials.effectiveGID = try container.decode(UInt32.self, forKey: .egid)
        process.credentials.effectiveCapabilities =
            UInt64(try container.decode(String.self, forKey: .capabilities), radix: 16) ?? 0
        process.cgroup.path = try container.decode(Group.self, forKey: .cgroup).path
    }
}

private struct RecordedObject: Decodable {
    var object: EventObject
    /// What the process that is the object runs.
    var program: ObservedPath?

    private enum Key: String, CodingKey {
        case kind, pid, exe, path, unresolvable, flags, status
        case exeBytes = "exe_bytes"
        case exeUnresolvable = "exe_unresolvable"
        case pathBytes = "path_bytes"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(String.self, forKey: .kind) {
        case "process":
            let pid = try container.decode(Int32.self, forKey: .pid)
            object = .process(ProcessIdentity(pid: pid, startTime: 0, execCount: 0))
            if container.contains(.exe) { program = try container.path(.exe, .exeBytes, .exeUnresolvable) }
        case "file":
            var file = FileObject(path: try container.path(.path, .pathBytes, .unresolvable))
            for flag in try container.decodeIfPresent([FileFlag].self, forKey: .flags) ?? [] {
                file.flags.insert(FileObject.Flags(flag))
            }
            object = .file(file, interpreter: nil)
        case "exit": object = .exit(status: try container.decode(Int32.self, forKey: .status))
        default: object = .none
        }
    }
}

extension KeyedDecodingContainer {
    /// A path as `JSONObject.setPath` writes it.
    fileprivate func path(_ text: Key, _ bytes: Key, _ unresolvable: Key) throws -> ObservedPath {
        var path = ObservedPath(try decode(String.self, forKey: text))
        if let encoded = try decodeIfPresent(String.self, forKey: bytes), let data = Data(base64Encoded: encoded) {
            path.bytes = Array(data)
        }
        guard let word = try decodeIfPresent(String.self, forKey: unresolvable) else { return path }
        // A word of a later version is a reason as well.
        path.unresolvable = ObservedPath.Unresolvable.allCases.first { $0.word == word } ?? .anonymous
        return path
    }
}
