// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Patterns that go into the same automaton: a pattern with its alternatives, or all of the conditions that can't be
/// divided from each other.
struct PatternUnit {
    /// How much a pattern multiplies the states of others that it shares an automaton with.
    enum Rank: Int, Comparable {
        /// Plain text, perhaps with a run at its end: as many states as bytes.
        case plain
        /// Something within a component: multiplies with what shares its directory.
        case component
        /// A run across components in the middle: multiplies with everything below its directory.
        case deep

        static func < (a: Rank, b: Rank) -> Bool { a.rawValue < b.rawValue }

        init(_ elements: [PathPattern.Element]) {
            var rank = Rank.plain
            for (index, element) in elements.enumerated() {
                let isLast = index == elements.count - 1
                switch element {
                case .byte: break
                case .anyByte, .set: rank = max(rank, .component)
                case .run: if !isLast { rank = max(rank, .component) }
                case .deepRun: if !isLast { rank = .deep }
                case .components: rank = .deep
                }
            }
            self = rank
        }
    }

    /// Numbers of encoded sequences.
    var sequences: Range<Int>
    var rank: Rank
}
