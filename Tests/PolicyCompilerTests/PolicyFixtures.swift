// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler

extension Policy {
    static func fixture(
        _ name: String, vendor: String = "site", mode: Policy.Mode = .enforce, scope: Condition? = nil, _ rules: [Rule]
    ) -> Policy {
        Policy(name: name, vendor: vendor, mode: mode, scope: scope, rules: rules)
    }
}

extension Rule {
    static func deny(_ name: String, _ patterns: [String]) -> Rule { fixture(name, patterns, .deny) }
    static func allow(_ name: String, _ patterns: [String]) -> Rule { fixture(name, patterns, .allow) }

    private static func fixture(_ name: String, _ patterns: [String], _ action: Action) -> Rule {
        Rule(
            name: name, operations: [.processExec], object: Condition(.path(.fixture(patterns))), action: action)
    }

    /// Patterns of the object's path.
    var objectPatterns: [PathPattern] { object?.all.first?.pathList?.patterns ?? [] }
}

extension PathList {
    static func fixture(_ patterns: [String], unresolvable: Bool = false) -> PathList {
        PathList(patterns.map { try! PathPattern($0) }, unresolvable: unresolvable)
    }
}

extension ObservedPath {
    static let unresolvable = ObservedPath(bytes: [], unresolvable: .tooLong)
}

extension Digest {
    /// A digest whose first bytes are `number`'s.
    static func fixture(_ number: Int) -> Digest {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        // Spread, so that their order isn't that of their numbers.
        var mixed = UInt64(bitPattern: Int64(number)) &* 0x9e37_79b9_7f4a_7c15
        for index in 0..<8 {
            bytes[index] = UInt8(truncatingIfNeeded: mixed)
            mixed >>= 8
        }
        return Digest(bytes: bytes)!
    }
}

extension Attempt {
    /// The execution of `path`.
    static func exec(
        _ path: ObservedPath, by subject: ProcessFacts = ProcessFacts(exe: ObservedPath("/usr/bin/bash"))
    ) -> Attempt {
        Attempt(operation: .processExec, subject: subject, object: .file(FileFacts(path: path)))
    }

    static func exec(_ path: String, by exe: String = "/usr/bin/bash") -> Attempt {
        .exec(ObservedPath(path), by: ProcessFacts(exe: ObservedPath(exe)))
    }

    /// Something that has a subject only.
    static func create(by subject: ProcessFacts) -> Attempt { Attempt(operation: .processCreate, subject: subject) }
}

extension PolicyTables {
    /// The verdict on executing `path`.
    func verdict(_ path: String) -> Verdict { decide(.exec(path)).verdict }

    /// Whose clause decided; empty where none did.
    func rule(_ attempt: Attempt) -> String { decide(attempt).rule.map { names[$0].rule } ?? "" }
}
