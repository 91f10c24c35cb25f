// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Policies under which the cost of operations is measured. Every rule concerns the process that acts, and none matches.
enum CostPolicies {
    /// Patterns of files that aren't there; they share a beginning with one that is opened.
    private static func pattern(_ number: Int) -> PathList {
        Make.list([CostLoop.root + "/opt/vendor-\(number % 97)/release-\(number)/bin/**"])
    }

    /// `count` rules on everything that the loops on files, memory and programs attempt.
    static func onFiles(rules count: Int) -> Policy {
        policy(count) { number in
            Rule(
                name: "r\(number)",
                operations: [.processExec, .imageLoad, .fileOpen, .memoryMapExecutable, .memoryMakeExecutable],
                object: Condition(.path(pattern(number))), action: .deny)
        }
    }

    /// `count` rules on everything that the loops on processes attempt.
    static func onProcesses(rules count: Int) -> Policy {
        policy(count) { number in
            Rule(
                name: "r\(number)", operations: [.processOpen, .processSignal],
                object: Condition(.exe(pattern(number))), action: .deny)
        }
    }

    /// Ten rules, none on an operation of file.open, mprotect and kill nor on one that shares a hook with them.
    static let onOthers = policy(10) { number in
        let onFiles: [EndpointModel.Operation] = [
            .processExec, .fileCreate, .fileUnlink, .fileRename, .fileTruncate, .imageLoadModule,
        ]
        let onProcesses: [EndpointModel.Operation] = [
            .processOpen, .processControl, .processCreate, .processCredentials,
        ]
        if number < onFiles.count {
            return Rule(
                name: "r\(number)", operations: [onFiles[number]], object: Condition(.path(pattern(number))),
                action: .deny)
        }
        return Rule(
            name: "r\(number)", operations: [onProcesses[number - onFiles.count]],
            subject: Condition(.exe(pattern(number))), action: .deny)
    }

    /// Ten rules, none on an operation of file.open, mprotect and kill, but on what the hooks of the first two see as well:
    /// those are attached.
    static let onSiblings = policy(10) { number in
        Rule(
            name: "r\(number)", operations: [number % 2 == 0 ? .kernelAccess : .imageLoad],
            object: Condition(.path(pattern(number))), action: .deny)
    }

    private static func policy(_ count: Int, rule: (Int) -> Rule) -> Policy {
        Policy(name: "measured", rules: (0..<count).map(rule))
    }
}
