// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler
import Testing

/// What belongs to some operations only, and which operations a rule decides.
@Suite struct OperationFieldTests {
    private let process = ProcessFacts(exe: ObservedPath("/bin/a"))
    private var file: Attempt.Object { .file(FileFacts(path: ObservedPath("/a"))) }

    private func tables(_ change: (inout Rule) -> Void) throws -> PolicyTables {
        var rule = Rule(name: "r", operations: [.fileOpen], action: .deny)
        change(&rule)
        return try PolicyCompiler.compile([.fixture("p", [rule])])
    }

    @Test func aRuleOnOpeningAProcessDecidesItsThreadsAsWell() throws {
        let process = try tables { $0.operations = [.processOpen] }
        let thread = try tables { $0.operations = [.threadOpen] }
        var attempt = Attempt(
            operation: .threadOpen, subject: self.process, object: .process(self.process), access: [.attach])
        #expect(process.decide(attempt).verdict == .deny && thread.decide(attempt).verdict == .deny)
        #expect(process.operations == 1 << 5 | 1 << 6)
        attempt.operation = .processOpen
        #expect(process.decide(attempt).verdict == .deny && thread.decide(attempt).verdict == .allow)
    }

    @Test func aFileOpenedForBothIsOpenedForEither() throws {
        for (asked, denied) in [([Access.read], [true, false, true]), ([.write], [false, true, true])] {
            let tables = try tables { $0.access = asked }
            let opened: [Set<Access>] = [[.read], [.write], [.read, .write]]
            #expect(
                opened.map { access in
                    tables.decide(Attempt(operation: .fileOpen, subject: process, object: file, access: access)).verdict
                        == .deny
                } == denied)
        }
    }

    @Test func signalsFromNoneToTheLastAreToldApart() throws {
        for number in [0, 9, 64] {
            let tables = try tables {
                $0.operations = [.processSignal]
                $0.signals = [Signal(number: number)!]
            }
            for sent in [0, 1, 9, 63, 64] {
                let attempt = Attempt(
                    operation: .processSignal, subject: process, object: .process(process),
                    signal: Signal(number: sent))
                #expect(tables.decide(attempt).verdict == (sent == number ? .deny : .allow))
            }
        }
    }

    @Test func memoryOfAnyOfTheKindsIsSelected() throws {
        let tables = try tables {
            $0.operations = [.memoryMakeExecutable]
            $0.mappings = [.stack, .deleted]
        }
        let kinds: [(Set<MappingKind>, Verdict)] = [
            ([], .allow), ([.stack], .deny), ([.heap, .writable], .allow), ([.anonymous, .deleted, .heap], .deny),
        ]
        for (kinds, verdict) in kinds {
            let attempt = Attempt(
                operation: .memoryMakeExecutable, subject: process, object: file, mappings: kinds)
            #expect(tables.decide(attempt).verdict == verdict)
        }
    }

    @Test func areasAreToldApart() throws {
        let tables = try tables {
            $0.operations = [.kernelAccess]
            $0.areas = [.memory, .other]
        }
        for area in KernelArea.allCases {
            let attempt = Attempt(operation: .kernelAccess, subject: process, object: file, area: area)
            #expect(tables.decide(attempt).verdict == (area == .memory || area == .other ? .deny : .allow))
        }
    }

    @Test func numbersAreThoseOfTheKernel() {
        #expect(Set(Operation.allCases.map(\.kernelNumber)) == Set(1...25))
        #expect(Operation.processExec.kernelNumber == 1 && Operation.kernelAccess.kernelNumber == 25)
        #expect(Access.inspect.kernelNumber == 1 && Access.pivotRoot.kernelNumber == 27)
        #expect(KernelArea.memory.kernelNumber == 1 && KernelArea.other.kernelNumber == 11)
        #expect(MappingKind.anonymous.bit == 1 && MappingKind.deleted.bit == 1 << 8)
        #expect(FileFlag.script.bit == 1 << 8)
    }

    @Test func onlyWhatRulesAskForIsSaidToBeUsed() throws {
        #expect(try tables { _ in }.used.rawValue == 0)
        #expect(try tables { $0.access = [.read] }.used.rawValue == 1 << 5)
        let user = Condition(.user([.id(0)]))
        #expect(try tables { $0.subject = user }.used.rawValue == 1 << 20 | 1 << 23)
        #expect(try tables { $0.object = Condition(.flags([.memfd])) }.used.rawValue == 1 << 1 | 1 << 31)
        let lists = Condition(not: [.group([.id(0)])])
        let used = try tables {
            $0.operations = [.processSignal]
            $0.object = lists
        }.used
        #expect(used.rawValue == 1 << 30 | 1 << 31)
    }
}
