// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PathAutomaton
import Testing

@Suite struct PathAutomatonTests {
    private func automaton(
        _ lists: [[String]], divisible: Bool = true, limits: PathAutomaton.Limits = .init()
    ) throws -> PathAutomaton {
        try PathAutomaton(
            lists.map { .init(patterns: try $0.map { try PathPattern($0) }, isDivisible: divisible) }, limits: limits)
    }

    private func satisfied(_ automaton: PathAutomaton, _ path: String) -> [UInt32] {
        automaton.conditions(satisfiedBy: Array(path.utf8))
    }

    @Test func aPathSatisfiesEveryListThatOneOfItsPatternsMatches() throws {
        let automaton = try automaton([["/tmp/**"], ["/tmp/*.so", "/lib/x"], ["/tmp/a.so"], []])
        #expect(satisfied(automaton, "/tmp/a.so") == [0, 1, 2])
        #expect(satisfied(automaton, "/tmp/b.so") == [0, 1])
        #expect(satisfied(automaton, "/tmp/d/b.so") == [0])
        #expect(satisfied(automaton, "/lib/x") == [1])
        #expect(satisfied(automaton, "/lib/y") == [])
    }

    @Test func noPatternsAtAllGiveOneSinkThatSatisfiesNothing() throws {
        let automaton = try automaton([])
        #expect(automaton.starts.count == 1)
        #expect(automaton.states[Int(automaton.starts[0])].base & PathAutomaton.State.sink != 0)
        #expect(satisfied(automaton, "/a") == [])
    }

    @Test func statesThatNothingTellsApartAreMerged() throws {
        // One list: after the first byte of the name all names go on alike. Beside /, the names and the dead state,
        // there is one state a byte.
        let merged = try automaton([["/axyz", "/bxyz", "/cxyz"]])
        #expect(merged.states.count == 1 + 7)
        // Different lists end in different classes, so nothing can be merged.
        #expect(try automaton([["/axyz"], ["/bxyz"], ["/cxyz"]]).states.count == 1 + 15)
    }

    @Test func overlappingPatternsOfOneListDoNotMultiplyStates() throws {
        let patterns = (0..<200).map { "/tmp/*foo\($0)*" }
        #expect(try automaton([patterns]).states.count < 2000)
        #expect(try automaton([["/**"] + (0..<200).map { "/**/x\($0)/**/y" }]).states.count == 4)
    }

    @Test func listsWithDeepPatternsInCommonDoNotMultiplyStates() throws {
        // The same patterns in three lists, each with some of its own: without regard to that, each subset of the
        // common ones that was reached would be a state.
        let common = (0..<10).map { "/**/x\($0)/**" }
        let automaton = try automaton([common, common + ["/a/**"], common + ["/b"]])
        #expect(automaton.states.count < 60)
        #expect(satisfied(automaton, "/a/x3/y") == [0, 1, 2])
        #expect(satisfied(automaton, "/a/y") == [1])
        #expect(satisfied(automaton, "/b") == [2])
    }

    @Test func conditionsOfAGroupStayTogether() throws {
        var limits = PathAutomaton.Limits()
        limits.states = 600
        limits.workingStates = 2000
        let conditions = try (0..<12).map { number in
            PathAutomaton.Condition(
                patterns: [try PathPattern("/**/x\(number)/**/y\(number)")],
                group: [1, 7, 10].contains(number) ? 3 : nil)
        }
        let grouped = try PathAutomaton(conditions, limits: limits)
        #expect(grouped.starts.count > 1)
        #expect(grouped.homes[1].count == 1)
        #expect(grouped.homes[1] == grouped.homes[7] && grouped.homes[1] == grouped.homes[10])
        #expect(Set(grouped.homes).count > 1)
        #expect(satisfied(grouped, "/x7/x10/y10/y7") == [7])
        #expect(satisfied(grouped, "/x7/x10/y7/y10") == [10])
        #expect(satisfied(grouped, "/x2/y2") == [2])
    }

    @Test func aWalkStopsInASinkAndStateZeroIsNoState() throws {
        let automaton = try automaton([["/tmp/**"]])
        let sinks = automaton.states.filter { $0.base & PathAutomaton.State.sink != 0 }
        #expect(sinks.count == 3)  // the unused number 0, nothing more can match, everything matches
        #expect(automaton.states[0].base & PathAutomaton.State.sink != 0)
        #expect(automaton.transitions.allSatisfy { $0.check != 0 || $0.target == 0 })
    }

    @Test func everySlotBelongsToTheStateThatReadsItAndEveryStepStaysInTheTable() throws {
        let automaton = try automaton([["/usr/{bin,sbin,lib}/[a-m]*", "/opt/**/x?.so"], ["/usr/lib/**", "/o?t/a"]])
        for (number, state) in automaton.states.enumerated() where state.base & PathAutomaton.State.sink == 0 {
            #expect(Int(state.base) + automaton.byteClassCount <= automaton.transitions.count)
            #expect(Int(state.fallback) < automaton.states.count, "state \(number)")
        }
        for transition in automaton.transitions where transition.check != 0 {
            #expect(Int(transition.check) < automaton.states.count && Int(transition.target) < automaton.states.count)
        }
        #expect(automaton.accept.count == automaton.states.count)
        #expect(automaton.accept.allSatisfy { Int($0) < automaton.classes.count })
    }

    @Test func patternsThatMultiplyStatesAreSpreadOverSeveralAutomata() throws {
        var limits = PathAutomaton.Limits()
        limits.states = 5000
        limits.workingStates = 20_000
        let lists = (0..<16).map { ["/**/x\($0)/**/y\($0)"] } + [["/plain/file"]]
        let automaton = try automaton(lists, limits: limits)
        #expect(automaton.starts.count > 1 && automaton.starts.count <= 4)
        #expect(automaton.notes.count == 1)
        #expect(automaton.notes[0].contains("\(automaton.starts.count) automata"))
        #expect(satisfied(automaton, "/a/x3/b/x12/c/y3/y12") == [12])
        #expect(satisfied(automaton, "/a/x3/b/x12/y12/y3") == [3])
        #expect(satisfied(automaton, "/plain/file") == [16])
        #expect(satisfied(automaton, "/x0/y1") == [])
    }

    @Test func anIndivisibleConditionStaysInOneAutomaton() throws {
        var limits = PathAutomaton.Limits()
        limits.states = 600
        limits.workingStates = 2000
        let list = (0..<6).map { "/**/x\($0)/**/y\($0)" }
        let others = (6..<12).map { ["/**/x\($0)/**/y\($0)"] }
        let whole = try automaton([list] + others, divisible: false, limits: limits)
        #expect(whole.starts.count > 1)
        #expect(whole.homes.allSatisfy { $0.count == 1 })
    }

    @Test func aListMayBeSpreadWhenItIsDivisible() throws {
        var limits = PathAutomaton.Limits()
        limits.states = 500
        limits.workingStates = 1500
        let list = (0..<12).map { "/**/x\($0)/**/y\($0)" }
        let automaton = try automaton([list], limits: limits)
        #expect(automaton.homes[0].count > 1)
        #expect(satisfied(automaton, "/x0/y0") == [0])
        #expect(satisfied(automaton, "/x11/y11") == [0])
        #expect(satisfied(automaton, "/x11/y10") == [])
        #expect(throws: PathAutomatonError.self) { try self.automaton([list], divisible: false, limits: limits) }
    }

    @Test func eachLimitIsNamedWhenItIsReached() throws {
        func limit(_ lists: [[String]], _ change: (inout PathAutomaton.Limits) -> Void) -> PathAutomatonError.Limit? {
            var limits = PathAutomaton.Limits()
            change(&limits)
            do {
                _ = try automaton(lists, limits: limits)
                return nil
            } catch { return (error as? PathAutomatonError)?.limit }
        }
        let lists = [["/a/{b,c}/*"], ["/d/e"]]
        #expect(limit(lists) { _ in } == nil)
        #expect(limit(lists) { $0.patterns = 2 } == .patterns)
        #expect(limit(lists) { $0.positions = 5 } == .positions)
        #expect(limit(lists) { $0.states = 5 } == .states)
        #expect(limit(lists) { $0.workingStates = 3 } == .states)
        #expect(limit(lists) { $0.workingSteps = 3 } == .states)
        #expect(limit(lists) { $0.transitions = 8 } == .transitions)
        #expect(limit(lists) { $0.workingTransitions = 2 } == .transitions)
        #expect(limit(lists) { $0.classes = 2 } == .classes)
    }
}
