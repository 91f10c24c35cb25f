// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

extension PolicyTables {
    /// Decides the way the kernel does, on the same tables (`Kernel/lib/rules.h`).
    ///
    /// The attempt's object must be of the kind that its operation has. (The kernel's hooks add one thing: what couldn't
    /// be read at that moment, raced or for want of memory, is refused where any rule concerns the operation.)
    ///
    /// - Returns: the verdict and the number of the clause that decided, if any did. Where a clause that asks decides it is
    ///   an allow: whoever holds the operation asks (``question(on:)``).
    public func decide(_ attempt: Attempt) -> (verdict: Verdict, rule: Int?) {
        guard operations >> attempt.operation.kernelNumber & 1 != 0 else { return (.allow, nil) }
        var clauses = SetIntersection(sets: sets, ruleCount: rules.count)
        clauses.intersect([operationSets[Int(attempt.operation.kernelNumber)]])
        intersect(attempt.subject, .subject, &clauses)
        switch attempt.object {
        case .none: break
        case .process(let process): intersect(process, .object, &clauses)
        case .file(let file): intersect(file, &clauses)
        }
        if used.contains(.access) { clauses.intersect([accessSets[Int(attempt.accessNumber)]]) }
        if used.contains(.area) { clauses.intersect([areaSets[Int(attempt.areaNumber)]]) }
        if used.contains(.signal) { clauses.intersect([signalSets[Int(attempt.signalNumber)]]) }
        if used.contains(.mapping) { clauses.intersect([mappingSets[Int(attempt.mappingBits)]]) }
        return evaluate(clauses.words)
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

    /// The first match of each policy, tier by tier (`evaluate` in `Kernel/lib/rules.h`).
    ///
    /// - Parameter matching: the clauses that match, a bit each.
    private func evaluate(_ matching: [UInt64]) -> (verdict: Verdict, rule: Int?) {
        var verdict = Verdict.allow
        var decided: Int?
        var tier: UInt8?
        var skipTo = 0
        var asks = false
        for word in matching.indices {
            var current = matching[word]
            while current != 0 {
                // Rules are numbered in evaluation order: the lowest bit of the lowest word is the first that matches.
                let number = word * 64 + current.trailingZeroBitCount
                current &= current - 1
                // The first match has decided for its policy: its later rules don't count.
                if number < skipTo { continue }
                let rule = rules[number]
                // An explicit allow, or a question, ends the evaluation with its tier: a vendor can't deny what the site allows. (A deny
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
                case .ask:
                    tier = rule.tier
                    if verdict != .audit, !asks { decided = number }
                    asks = true
                case .pass, nil: break
                }
                skipTo = Int(rule.policyEnd)
            }
        }
        return (verdict, decided)
    }
}

// MARK: - The sets of what is known

extension PolicyTables {
    /// The clauses that may match a held operation, by what can be told of it: its subject's executable, cgroup, user,
    /// groups and capabilities, its file's path, and the access.
    func possible(_ attempt: Attempt) -> [UInt64] {
        var clauses = SetIntersection(sets: sets, ruleCount: rules.count)
        clauses.intersect([operationSets[Int(attempt.operation.kernelNumber)]])
        if used.contains(.any(.subject)) {
            intersectPlaces(attempt.subject, .subject, &clauses)
            if used.contains(.lists(.subject)) {
                intersectLists(attempt.subject, .subject, &clauses, but: .ancestor)
            }
        }
        if case .file(let file) = attempt.object, used.contains(.path) {
            clauses.intersect(classes(of: file.path), .filePath)
        }
        if used.contains(.access) { clauses.intersect([accessSets[Int(attempt.accessNumber)]]) }
        return clauses.words
    }

    private func intersect(_ process: ProcessFacts, _ side: Dimension.Side, _ clauses: inout SetIntersection) {
        guard used.contains(.any(side)) else { return }
        intersectPlaces(process, side, &clauses)
        if used.contains(.interpreter(side)) {
            clauses.intersect(process.isScript ? classes(of: process.exe) : [absent], .interpreter(side))
        }
        if used.contains(.exeDigest(side)) {
            clauses.intersect([digestSet(process.digest, side == .subject ? 1 : 2)])
        }
        if used.contains(.lists(side)) { intersectLists(process, side, &clauses) }
    }

    /// What it executes, where it is accounted, whose it is.
    private func intersectPlaces(_ process: ProcessFacts, _ side: Dimension.Side, _ clauses: inout SetIntersection) {
        let exe = classes(of: process.exe)
        if used.contains(.exe(side)) { clauses.intersect(exe, .exe(side)) }
        if used.contains(.cgroup(side)) || used.contains(.container(side)) {
            let cgroup = classes(of: process.cgroup)
            if used.contains(.cgroup(side)) { clauses.intersect(cgroup, .cgroup(side)) }
            if used.contains(.container(side)) { clauses.intersect(cgroup, .container(side)) }
        }
        if used.contains(.user(side)) {
            let set = value(Value.key(user: process.user))?.set ?? otherUser
            clauses.intersect([set[side.rawValue]])
        }
    }

    private func intersectLists(
        _ process: ProcessFacts, _ side: Dimension.Side, _ clauses: inout SetIntersection, but left: List.Kind? = nil
    ) {
        var ancestors: UInt64 = 0
        for path in process.ancestors { for value in classes(of: path) { ancestors |= value.ancestors } }
        var groups: UInt64 = 0
        for group in process.groups { groups |= value(Value.key(group: group))?.groups ?? 0 }
        for list in lists where left == nil || list.kind != left?.rawValue {
            let bit = UInt64(1) << UInt64(list.bit)
            var sets = list.fails
            switch List.Kind(rawValue: list.kind) {
            case .ancestor:
                if process.hasUnknownAncestors { sets = list.unknown }
                if ancestors & bit != 0 { sets = list.holds }
            case .group: if groups & bit != 0 { sets = list.holds }
            case .capability: if process.capabilities & list.capabilities != 0 { sets = list.holds }
            case nil: continue
            }
            clauses.intersect([sets[side.rawValue]])
        }
    }

    private func intersect(_ file: FileFacts, _ clauses: inout SetIntersection) {
        if used.contains(.path) { clauses.intersect(classes(of: file.path), .filePath) }
        if used.contains(.flags) { clauses.intersect([flagsSets[Int(file.flagBits)]]) }
        if used.contains(.filesystem) {
            let known = value(Value.key(filesystem: file.filesystem))?.set[Dimension.Side.object.rawValue]
            clauses.intersect([known ?? otherFilesystem])
        }
        if used.contains(.digest) { clauses.intersect([digestSet(file.digest, 0)]) }
        if used.contains(.verity) { clauses.intersect([digestSet(file.verity, 3)]) }
    }

    /// The classes whose sets together are those that `path` satisfies.
    private func classes(of path: ObservedPath) -> [Class] {
        guard path.unresolvable == nil else { return [unresolvable] }
        return classify(path.bytes).map { classes[Int($0)] }
    }

    /// - Parameter field: by `enum sp_digest_field`.
    private func digestSet(_ digest: Digest?, _ field: Int) -> UInt32 {
        guard let digest else { return unknownDigest[field] }
        let sought = DigestEntry(word: digest.words, set: [0, 0, 0, 0])
        let place = Self.firstIndex(digests.count) { digests[$0] >= sought }
        guard place < digests.count, digests[place].hasWords(of: sought) else { return otherDigest[field] }
        return digests[place].set[field]
    }

    private func value(_ key: UInt64) -> Value? {
        let place = Self.firstIndex(values.count) { values[$0].key >= key }
        return place < values.count && values[place].key == key ? values[place] : nil
    }

    /// The first index from which on `isReached` is true.
    private static func firstIndex(_ count: Int, where isReached: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isReached(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// Clauses that everything looked at so far satisfies.
private struct SetIntersection {
    let sets: [UInt64]
    private(set) var words: [UInt64]

    init(sets: [UInt64], ruleCount: Int) {
        self.sets = sets
        words = [UInt64](repeating: .max, count: (ruleCount + 63) / 64)
    }

    /// With the union of sets: one an automaton.
    mutating func intersect(_ union: [UInt32]) {
        for index in words.indices { words[index] &= union.reduce(0) { $0 | word(index, $1) } }
    }

    mutating func intersect(_ classes: [PolicyTables.Class], _ field: Dimension) {
        intersect(classes.map { $0.set[field.rawValue] })
    }

    /// Word `word` of a set: where the summary has no bit it is empty, else as many words lie before it as bits.
    private func word(_ word: Int, _ set: UInt32) -> UInt64 {
        let bit = UInt64(1) << UInt64(word)
        let summary = sets[Int(set)]
        guard summary & bit != 0 else { return 0 }
        return sets[Int(set) + 1 + (summary & (bit - 1)).nonzeroBitCount]
    }
}
