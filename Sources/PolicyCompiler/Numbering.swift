// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Numbers different elements from 0, in the order in which they come.
struct Numbering<Element: Hashable> {
    private(set) var elements: [Element] = []
    private var numbers: [Element: Int] = [:]

    mutating func number(of element: Element) -> Int {
        if let known = numbers[element] { return known }
        numbers[element] = elements.count
        elements.append(element)
        return elements.count - 1
    }
}

/// Numbers different lists of digests. Lists may have a million members: they are told apart by their ends first.
struct DigestLists {
    private struct Ends: Hashable {
        var count: Int
        var first: Digest?
        var last: Digest?
    }

    private(set) var elements: [[Digest]] = []
    private var numbers: [Ends: [Int]] = [:]

    mutating func number(of list: [Digest]) -> Int {
        let ends = Ends(count: list.count, first: list.first, last: list.last)
        for known in numbers[ends] ?? [] where elements[known] == list { return known }
        numbers[ends, default: []].append(elements.count)
        elements.append(list)
        return elements.count - 1
    }
}

/// The lists that conditions name, each different one once, numbered by kind.
struct NumberedLists {
    struct Ancestors: Hashable {
        /// Number of the list of patterns.
        var patterns: Int
        var unresolvable: Bool
    }

    var patterns = Numbering<Set<PathPattern>>()
    var ancestors = Numbering<Ancestors>()
    var users = Numbering<Set<UInt32>>()
    var groups = Numbering<Set<UInt32>>()
    var filesystems = Numbering<Set<String>>()
    /// Of contents and of fs-verity.
    var digests = DigestLists()
    /// Of capabilities, a bit each.
    var capabilities = Numbering<UInt64>()
    /// By dimension, of those that index a table: a bit for each number, or those of the combination.
    var bits = [Numbering<UInt128>](repeating: Numbering(), count: Dimension.allCases.count)
}
