// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyTools

/// An attempt on one line: who, what is wanted, of what. Facts that an ordinary attempt has are left out.
struct AttemptText {
    let text: String

    init(_ attempt: Attempt) {
        let facts = AttemptFacts(attempt)
        let subject = Self.process(attempt.subject)
        var wanted: [String] = []
        if !attempt.access.isEmpty { wanted.append(facts.access) }
        if attempt.signal != nil { wanted.append(facts.signal) }
        if !attempt.mappings.isEmpty { wanted.append(facts.mapping) }
        if attempt.area != nil { wanted.append(facts.area) }
        let object: String =
            switch attempt.object {
            case .none: ""
            case .process(let process): Self.process(process)
            case .file(let file): Self.file(file)
            }
        let right = (wanted + (object.isEmpty ? [] : [object])).joined(separator: " ")
        text = right.isEmpty ? subject : "\(subject) → \(right)"
    }

    private static func process(_ process: ProcessFacts) -> String {
        var facts: [String] = []
        facts.append("user \(process.user)")
        if process.groups != [process.user] {
            facts.append("groups \(process.groups.map { "\($0)" }.joined(separator: ","))")
        }
        if process.isScript { facts.append("a script's interpreter") }
        if process.cgroup != ObservedPath("/") { facts.append("cgroup \(AttemptFacts.text(process.cgroup))") }
        if !process.ancestors.isEmpty {
            facts.append("after \(process.ancestors.map(AttemptFacts.text).joined(separator: ", "))")
        }
        if process.hasUnknownAncestors { facts.append("not all ancestors known") }
        if process.capabilities != 0 {
            let names = (0..<64).filter { process.capabilities >> UInt64($0) & 1 != 0 }
                .map { Capability(number: $0)?.text ?? "capability \($0)" }
            facts.append(names.count > 3 ? "\(names.count) capabilities" : names.joined(separator: ","))
        }
        if let digest = process.digest { facts.append(digest.text) }
        return "\(AttemptFacts.text(process.exe)) (\(facts.joined(separator: ", ")))"
    }

    private static func file(_ file: FileFacts) -> String {
        var facts = FileFlag.allCases.filter(file.flags.contains).map(\.rawValue)
        if !["", "ext4"].contains(file.filesystem) { facts.append("on \(file.filesystem)") }
        if let digest = file.digest { facts.append(digest.text) }
        if let verity = file.verity { facts.append("verity \(verity.text)") }
        return AttemptFacts.text(file.path) + (facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))")
    }
}
