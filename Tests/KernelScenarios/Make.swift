// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Policies in few words.
enum Make {
    static func policy(
        _ name: String, mode: Policy.Mode = .enforce, scope: Condition? = nil, _ rules: Rule...
    ) -> Policy {
        Policy(name: name, mode: mode, scope: scope, rules: rules)
    }

    static func policy(_ rules: Rule...) -> Policy { Policy(name: "test", rules: rules) }

    static func rule(
        _ name: String, _ action: Rule.Action, on operations: [EndpointModel.Operation] = [.processExec, .imageLoad],
        subject: Condition? = nil, object: Condition? = nil, access: [Access] = [], signals: [Signal] = []
    ) -> Rule {
        Rule(
            name: name, operations: operations, subject: subject, object: object, access: access, signals: signals,
            action: action)
    }

    /// A rule that denies one operation.
    static func deny(
        _ operation: EndpointModel.Operation, name: String = "denied", subject: Condition? = nil,
        object: Condition? = nil, access: [Access] = []
    ) -> Rule {
        rule(name, .deny, on: [operation], subject: subject, object: object, access: access)
    }

    static func list(_ patterns: [String], unresolvable: Bool = false) -> PathList {
        PathList(patterns.map { try! PathPattern($0) }, unresolvable: unresolvable)
    }

    /// A file at any of these places.
    static func path(_ patterns: String..., unresolvable: Bool = false) -> Condition {
        Condition(.path(list(patterns, unresolvable: unresolvable)))
    }

    /// A file at none of these places.
    static func anywhereBut(_ patterns: String...) -> Condition { Condition(not: [.path(list(patterns))]) }

    /// A process that executes one of these files.
    static func exe(_ patterns: String...) -> Condition { Condition(.exe(list(patterns))) }

    /// Denies everything below the lab's denied tree.
    static var denyTree: Policy { policy("deny-tree", rule("denied", .deny, object: path(Lab.denied + "/**"))) }
}
