// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler

extension Policy {
    static func fixture(
        _ name: String, vendor: String = "site", mode: Policy.Mode = .enforce, _ rules: [Rule]
    ) -> Policy {
        Policy(name: name, vendor: vendor, mode: mode, rules: rules)
    }
}

extension Rule {
    static func deny(_ name: String, _ patterns: [String]) -> Rule { fixture(name, patterns, .deny) }
    static func allow(_ name: String, _ patterns: [String]) -> Rule { fixture(name, patterns, .allow) }

    private static func fixture(_ name: String, _ patterns: [String], _ action: Action) -> Rule {
        let condition = PathCondition(patterns: patterns.map { try! PathPattern($0) })
        return Rule(name: name, operations: [.processExec], object: condition, action: action)
    }
}

extension PolicyTables {
    /// The verdict on executing `path`.
    func verdict(_ path: String) -> Verdict {
        decide(.processExec, subject: ObservedPath("/usr/bin/bash"), object: ObservedPath(path)).verdict
    }
}
