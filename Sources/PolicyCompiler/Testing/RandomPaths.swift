// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// Random patterns that overlap in nasty ways, and paths made from them.
package enum RandomPaths {
    private static let words = ["a", "b", "ab", "ba", "aa", "usr", "tmp", "x.so", "ä", "*", "?", ".a"]

    /// A pattern of one to five components.
    package static func pattern(using random: inout SplitMix64) -> PathPattern {
        while true {
            var text = random.oneIn(24) ? "**" : ""
            for _ in 0..<1 + random.below(5) { text += "/" + component(using: &random) }
            // A slip of the generator (such as a component of dots only) is thrown away.
            guard let pattern = try? PathPattern(text) else { continue }
            // Runs across components multiply states: a dozen patterns with several would reach the limits, which have
            // tests of their own.
            let runs = pattern.alternatives.map { $0.count { $0 == .deepRun || $0 == .components } }.max() ?? 0
            if runs > 2 || runs == 2 && !random.oneIn(8) || runs == 1 && random.oneIn(2) { continue }
            return pattern
        }
    }

    private static func component(using random: inout SplitMix64) -> String {
        if random.oneIn(10) { return "**" }
        if random.oneIn(8) { return "*" }
        var text = ""
        for _ in 0..<1 + random.below(3) { text += piece(depth: 0, using: &random) }
        return text
    }

    private static func piece(depth: Int, using random: inout SplitMix64) -> String {
        switch random.below(16) {
        case 0: return "*"
        case 1: return "?"
        case 2: return random.pick(["[ab]", "[!a]", "[a-z]", "[!a-y.]", "[*?]", "[b-]", "[\\]a]"])
        case 3: return "\\" + random.pick(["a", "*", "?", "[", "{", "\\", ","])
        case 4 where random.oneIn(3): return "**"
        case 5 where depth < 2:
            let inner = (0..<2 + random.below(2)).map { _ in
                random.oneIn(5) ? random.pick(["", "/a", "b/*", "**/b"]) : piece(depth: depth + 1, using: &random)
            }
            return "{" + inner.joined(separator: ",") + "}"
        default:
            return random.pick(words.map { $0 == "*" || $0 == "?" ? "\\" + $0 : $0 })
        }
    }

    /// A path that one of `patterns` matches, changed in about half the cases; now and then anything at all.
    package static func path(near patterns: [PathPattern], using random: inout SplitMix64) -> [UInt8] {
        guard !patterns.isEmpty else { return anyPath(using: &random) }
        return path(near: [random.pick(patterns).alternatives], using: &random)
    }

    /// As above, of patterns that were parsed before.
    static func path(near patterns: [[[PathPattern.Element]]], using random: inout SplitMix64) -> [UInt8] {
        guard !patterns.isEmpty, !random.oneIn(12) else { return anyPath(using: &random) }
        var path = instance(of: random.pick(patterns), using: &random)
        if random.oneIn(2) {
            for _ in 0..<1 + random.below(3) { mutate(&path, using: &random) }
        }
        // The walk of a longer path isn't defined: the kernel calls it unresolvable.
        return Array(path.prefix(PathPattern.maximumLength))
    }

    /// A path that `pattern` matches.
    package static func instance(of pattern: PathPattern, using random: inout SplitMix64) -> [UInt8] {
        instance(of: pattern.alternatives, using: &random)
    }

    /// A path that a pattern with these alternatives matches.
    static func instance(of alternatives: [[PathPattern.Element]], using random: inout SplitMix64) -> [UInt8] {
        var path: [UInt8] = []
        for element in random.pick(alternatives) {
            switch element {
            case .byte(let byte): path.append(byte)
            case .anyByte: path.append(random.pick(Array("abz.?".utf8)))
            case .set(let set): path.append(member(of: set, using: &random))
            case .run: for _ in 0..<random.below(4) { path.append(random.pick(Array("ab.".utf8))) }
            case .deepRun: if !random.oneIn(3) { path += Array(random.pick(["a", "b/a", "/", "ab/ba/a", "/b"]).utf8) }
            case .components: if !random.oneIn(3) { path += Array(random.pick(["a/", "b/a/", "ab/", "tmp/b/"]).utf8) }
            }
        }
        return path
    }

    private static let usualBytes = Array("0123456789abcdefxz.?-*[]".utf8)

    /// Seldom any byte: to list all costs time in debug builds.
    private static func member(of set: ByteSet, using random: inout SplitMix64) -> UInt8 {
        let usual = random.oneIn(16) ? [] : usualBytes.filter(set.contains)
        return random.pick(usual.isEmpty ? set.bytes.filter { $0 != 0 } : usual)
    }

    private static func anyPath(using random: inout SplitMix64) -> [UInt8] {
        (0..<random.below(5)).flatMap { _ in Array("/".utf8) + Array(random.pick(words).utf8) }
    }

    private static func mutate(_ path: inout [UInt8], using random: inout SplitMix64) {
        let place = random.below(path.count + 1)
        let byte = random.pick([UInt8(ascii: "a"), UInt8(ascii: "b"), UInt8(ascii: "/"), UInt8(ascii: "."), 0xc3, 0xff])
        switch random.below(5) {
        case 0: path.insert(byte, at: place)
        case 1: if place < path.count { path.remove(at: place) }
        case 2: if place < path.count { path[place] = byte }
        case 3: path.removeSubrange(place...)
        default: path += [UInt8(ascii: "/"), byte]
        }
    }
}
