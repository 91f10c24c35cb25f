// SPDX-License-Identifier: Apache-2.0

extension PathPattern {
    /// Whether the pattern matches the whole of `path`, the bytes of a resolved path.
    ///
    /// This is the definition of what a pattern means. Its cost is at most the pattern's length times the path's, for
    /// each of the alternatives.
    public func matches(_ path: [UInt8]) -> Bool {
        alternatives.contains { Self.matches($0, path) }
    }

    /// Takes the elements one after the other; `ends` says at which offsets of the path what has been taken so far may
    /// end. The sequence matches if in the end one of them is the path's own.
    package static func matches(_ elements: [Element], _ path: [UInt8]) -> Bool {
        let slash = UInt8(ascii: "/")
        var ends = [Bool](repeating: false, count: path.count + 1)
        ends[0] = true
        for element in elements {
            guard let first = ends.firstIndex(of: true) else { return false }
            var next = [Bool](repeating: false, count: path.count + 1)
            switch element {
            case .byte(let byte):
                for end in path.indices where ends[end] && path[end] == byte { next[end + 1] = true }
            case .anyByte:
                for end in path.indices where ends[end] && path[end] != slash { next[end + 1] = true }
            case .set(let set):
                for end in path.indices where ends[end] && set.contains(path[end]) { next[end + 1] = true }
            case .run:
                next = ends
                for end in path.indices where next[end] && path[end] != slash { next[end + 1] = true }
            case .deepRun:
                for end in first...path.count { next[end] = true }
            case .components:
                next = ends
                for end in first..<path.count where path[end] == slash { next[end + 1] = true }
            }
            ends = next
        }
        return ends[path.count]
    }
}
