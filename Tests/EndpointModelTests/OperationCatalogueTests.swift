// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Testing

@Suite struct OperationCatalogueTests {
    @Test func everyOperationHasExactlyOneRow() {
        #expect(
            OperationCatalogue.all.map(\.operation).sorted { $0.rawValue < $1.rawValue }
                == Operation.allCases.sorted { $0.rawValue < $1.rawValue })
    }

    @Test(arguments: OperationCatalogue.all)
    func `Every row says what the operation is and which hooks see it`(row: OperationDescription) {
        #expect(row.summary.hasSuffix("."))
        #expect(!row.hooks.isEmpty)
        #expect(Set(row.hooks).count == row.hooks.count)
        for hook in row.hooks {
            let parts = hook.split(separator: "/", omittingEmptySubsequences: false)
            #expect(parts.count == 2 && ["lsm", "tp_btf"].contains(parts[0]) && !parts[1].isEmpty, "\(hook)")
        }
    }

    @Test(arguments: OperationCatalogue.all)
    func `What can be denied is decided by a hook that can refuse`(row: OperationDescription) {
        #expect(row.canDeny == row.hooks.contains { $0.hasPrefix("lsm/") })
        #expect(!row.canAsk || row.canDeny)
    }

    @Test(arguments: OperationCatalogue.all)
    func `The words of access are the operation's own, and each belongs to some operation`(row: OperationDescription) {
        #expect(Set(row.access).count == row.access.count)
        let all = Set(OperationCatalogue.all.flatMap(\.access))
        #expect(all == Set(Access.allCases))
    }

    @Test func `The description of an operation is its row`() {
        for operation in Operation.allCases {
            #expect(OperationCatalogue.description(of: operation).operation == operation)
        }
    }

    @Test func `Names are class and verb, and their words are unique`() {
        for operation in Operation.allCases {
            let parts = operation.rawValue.split(separator: ".", omittingEmptySubsequences: false)
            #expect(parts.count == 2)
            #expect(operation.class.rawValue == parts[0])
        }
        for group in Operation.Class.allCases {
            #expect(Operation.allCases.contains { $0.class == group }, "\(group)")
        }
    }

    @Test func `Words that policies and events use are unique and spelled alike`() {
        let lists = [
            Operation.allCases.map(\.rawValue), Access.allCases.map(\.rawValue), MappingKind.allCases.map(\.rawValue),
            KernelArea.allCases.map(\.rawValue), FileFlag.allCases.map(\.rawValue), Field.allCases.map(\.rawValue),
            Policy.Mode.allCases.map(\.rawValue), Policy.WhenUncovered.allCases.map(\.rawValue),
            Rule.Action.allCases.map(\.rawValue), Rule.Fallback.allCases.map(\.rawValue),
            Verdict.allCases.map(\.rawValue), Signal.names, Capability.names,
        ]
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."
        for words in lists {
            #expect(Set(words).count == words.count, "\(words)")
            for word in words { #expect(!word.isEmpty && word.allSatisfy(letters.contains), "\(word)") }
        }
    }

    @Test func `Every field of a condition is of files or of processes`() {
        #expect(Set(Field.ofFiles + Field.ofProcesses) == Set(Field.allCases))
        #expect(Set(Field.ofFiles).count == Field.ofFiles.count)
        #expect(Set(Field.ofProcesses).count == Field.ofProcesses.count)
    }
}
