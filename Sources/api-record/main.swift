// SPDX-License-Identifier: Apache-2.0

// Compares what api/ declares with what is recorded, and records it. `scripts/generate` runs it.
//
//   api-record DESCRIPTORS SCHEMA SWIFT --check            fail on any violation
//   api-record DESCRIPTORS SCHEMA SWIFT NOTICES DAY [WHY]  write SCHEMA and SWIFT; fail on what mustn't be recorded
//
// WHY is the notice of changes to elements in review; it is appended to NOTICES, a line a change, with DAY as its date.

import APICatalogue
import APIDescriptors
import FoundationEssentials
import Glibc

func fail(_ lines: [String]) -> Never {
    var text = lines.map { "api-record: \($0)\n" }.joined()
    text.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    exit(1)
}

func text(of path: String) -> String {
    do { return try String(contentsOf: URL(filePath: path), encoding: .utf8) } catch { fail(["\(path): \(error)"]) }
}

func save(_ text: String, to path: String) {
    do {
        try text.write(to: URL(filePath: path), atomically: true, encoding: .utf8)
    } catch { fail(["\(path): \(error)"]) }
}

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count == 4 || (5...6).contains(arguments.count) else { fail(["see the head of its main.swift"]) }
let (descriptors, schemaFile, swiftFile) = (arguments[1], arguments[2], arguments[3])

let current: APISchema
let recorded: APISchema
do {
    current = try APISchema(descriptorSet: Array(Data(contentsOf: URL(filePath: descriptors))))
    recorded = try APISchema(text: text(of: schemaFile))
} catch { fail(["\(error)"]) }

let violations = SchemaComparison.violations(recorded: recorded, current: current)
if arguments[4] == "--check" {
    if text(of: swiftFile) != RecordedSchemaSource.swift(for: recorded) {
        fail(["\(swiftFile) isn't what \(schemaFile) says: run `scripts/generate` and commit it"])
    }
    if !violations.isEmpty { fail(violations.map(\.description)) }
    exit(0)
}

let (notices, day) = (arguments[4], arguments[5])
let why = arguments.count == 6 ? arguments[6] : nil
let refused = violations.filter { $0.remedy == .none || $0.remedy == .notice && why == nil }
if !refused.isEmpty { fail(refused.map(\.description)) }
if let why {
    let changes = violations.filter { $0.remedy == .notice }
    if changes.isEmpty { fail(["no element in review changed: there is nothing to give notice of"]) }
    let lines = changes.map { "\(day) | \($0.element) | \($0.problem) | \(why)\n" }
    save(text(of: notices) + lines.joined(), to: notices)
}
save(current.text(comment: RecordedSchemaSource.comment), to: schemaFile)
save(RecordedSchemaSource.swift(for: current), to: swiftFile)
