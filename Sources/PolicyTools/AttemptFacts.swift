// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// An attempt's facts as text, field for field.
package struct AttemptFacts: Sendable {
    package enum Side: Sendable { case subject, object }

    private let attempt: Attempt

    package init(_ attempt: Attempt) { self.attempt = attempt }

    package var access: String { Self.list(Access.allCases.filter(attempt.access.contains).map(\.rawValue)) }
    package var signal: String { attempt.signal?.text ?? "none" }
    package var mapping: String {
        Self.list(MappingKind.allCases.filter(attempt.mappings.contains).map(\.rawValue))
    }
    package var area: String { attempt.area?.rawValue ?? "none" }

    /// What the attempt has there; `none` where there is no such thing.
    package func text(of field: Field, _ side: Side) -> String {
        if side == .subject { return Self.text(of: field, attempt.subject) }
        switch attempt.object {
        case .none: return "none"
        case .process(let process): return Self.text(of: field, process)
        case .file(let file): return Self.text(of: field, file)
        }
    }

    private static func text(of field: Field, _ process: ProcessFacts) -> String {
        switch field {
        case .exe: text(process.exe)
        case .interpreter: process.isScript ? text(process.exe) : "not a script"
        case .cgroup, .container: text(process.cgroup)
        case .ancestor: list(process.ancestors.map(text) + (process.hasUnknownAncestors ? ["unknown"] : []))
        case .user: "\(process.user)"
        case .group: list(process.groups.map { "\($0)" })
        case .capability:
            list(
                (0..<64).filter { process.capabilities >> UInt64($0) & 1 != 0 }
                    .map { Capability(number: $0)?.text ?? "capability \($0)" })
        case .digest: process.digest?.text ?? "unknown"
        case .path, .filesystem, .flags, .verity, .vendor: "none"
        }
    }

    private static func text(of field: Field, _ file: FileFacts) -> String {
        switch field {
        case .path: text(file.path)
        case .digest: file.digest?.text ?? "unknown"
        case .verity: file.verity?.text ?? "none"
        case .filesystem: file.filesystem.isEmpty ? "unknown" : file.filesystem
        case .flags: list(FileFlag.allCases.filter(file.flags.contains).map(\.rawValue))
        default: "none"
        }
    }

    /// The path, or that it can't be resolved, with what is known of it.
    package static func text(_ path: ObservedPath) -> String {
        guard let reason = path.unresolvable else { return path.text }
        return path.bytes.isEmpty ? "unresolvable (\(reason.word))" : "\(path.text), unresolvable (\(reason.word))"
    }

    private static func list(_ words: [String]) -> String { words.isEmpty ? "none" : words.joined(separator: ", ") }
}
