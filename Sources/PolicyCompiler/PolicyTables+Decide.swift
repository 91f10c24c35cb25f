// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

extension PolicyTables {
    /// Decides the way the kernel does, on the same tables (`Kernel/lib/rules.h`, `evaluate`).
    ///
    /// `nil` is a side that the operation hasn't got: only rules without a condition on it apply. (The kernel's hooks
    /// add one thing: what couldn't be read at that moment, raced or for want of memory, is refused where any rule
    /// concerns the operation.)
    ///
    /// - Returns: the verdict and the number of the rule that decided, if any did.
    public func decide(
        _ operation: Operation, subject: ObservedPath?, object: ObservedPath?
    ) -> (verdict: Verdict, rule: Int?) {
        let onOperation = operationSets[Int(operation.kernelNumber)]
        let ofSubject = sets(of: subject, \.subjectSet)
        let ofObject = sets(of: object, \.objectSet)
        // A word that is empty in any of the three is empty in the intersection.
        var words = summary(onOperation) & summary(ofSubject) & summary(ofObject)
        var verdict = Verdict.allow
        var decided: Int?
        var tier: UInt8?
        var skipTo = 0
        while words != 0 {
            // Rules are numbered in evaluation order: the lowest bit of the lowest word is the first that matches.
            let word = words.trailingZeroBitCount
            words &= words - 1
            var matching = self.word(word, onOperation) & self.word(word, ofSubject) & self.word(word, ofObject)
            while matching != 0 {
                let number = word * 64 + matching.trailingZeroBitCount
                matching &= matching - 1
                // The first match has decided for its policy: its later rules don't count.
                if number < skipTo { continue }
                let rule = rules[number]
                // An explicit allow ends the evaluation with its tier: a vendor can't deny what the site allows. (A deny
                // ends it at once.)
                if let tier, rule.tier != tier { return (verdict, decided) }
                switch Action(rawValue: rule.action) {
                case .deny: return (.deny, number)
                case .allow:
                    tier = rule.tier
                    if decided == nil { decided = number }
                case .audit:
                    if verdict != .audit {
                        verdict = .audit
                        decided = number
                    }
                case .pass, nil: break
                }
                skipTo = Int(rule.policyEnd)
            }
        }
        return (verdict, decided)
    }

    /// Walks `path` the way the kernel does; its class in each automaton.
    public func classify(_ path: [UInt8]) -> [UInt32] {
        starts.map { start in
            var state = start
            for byte in path {
                let row = states[Int(state)]
                if row.base & State.sink != 0 { break }
                let entry = transitions[Int(row.base) + Int(byteClass[Int(byte)])]
                state = entry.check == state ? entry.target : row.fallback
            }
            return accept[Int(state)]
        }
    }

    /// Offsets of sets whose union is the rules that `path` satisfies on one side.
    private func sets(of path: ObservedPath?, _ side: KeyPath<Class, UInt32>) -> [UInt32] {
        guard let path else { return [absent[keyPath: side]] }
        guard path.unresolvable == nil else { return [unresolvable[keyPath: side]] }
        return classify(path.bytes).map { classes[Int($0)][keyPath: side] }
    }

    private func summary(_ set: UInt32) -> UInt64 { sets[Int(set)] }
    private func summary(_ union: [UInt32]) -> UInt64 { union.reduce(0) { $0 | summary($1) } }

    /// Word `word` of a set: where the summary has no bit it is empty, else as many words lie before it as bits.
    private func word(_ word: Int, _ set: UInt32) -> UInt64 {
        let bit = UInt64(1) << UInt64(word)
        let summary = summary(set)
        guard summary & bit != 0 else { return 0 }
        return sets[Int(set) + 1 + (summary & (bit - 1)).nonzeroBitCount]
    }
    private func word(_ word: Int, _ union: [UInt32]) -> UInt64 { union.reduce(0) { $0 | self.word(word, $1) } }
}
