// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Patterns as sequences of codes, written out and simplified, each with the condition it belongs to.
struct EncodedPatterns {
    private(set) var codes: [ElementCode] = []
    /// Sequence s is `codes[bounds[s] ..< bounds[s + 1]]`.
    private(set) var bounds: [Int] = [0]
    private(set) var conditions: [UInt32] = []
    private(set) var literals = ByteSet()
    private(set) var sets: [ByteSet] = []
    private var setNumbers: [ByteSet: Int] = [:]

    var count: Int { conditions.count }

    func sequence(_ number: Int) -> ArraySlice<ElementCode> { codes[bounds[number]..<bounds[number + 1]] }

    /// Adds one sequence of elements for `condition`.
    mutating func append(_ elements: [PathPattern.Element], condition: UInt32) {
        let start = codes.count
        for element in elements {
            switch element {
            case .byte(let byte):
                literals.insert(byte)
                codes.append(.byte(byte))
            case .anyByte: codes.append(.anyByte)
            case .set(let set): codes.append(.set(number(of: set)))
            case .run:
                if let last = codes[start...].last, last == .run || last == .deepRun { continue }
                codes.append(.run)
            case .deepRun:
                // What a run takes, a deep run beside it takes as well.
                while let last = codes[start...].last, last == .run || last == .deepRun || last == .components {
                    codes.removeLast()
                }
                codes.append(.deepRun)
            case .components:
                if codes[start...].last == .components { continue }
                codes.append(.components)
            }
        }
        bounds.append(codes.count)
        conditions.append(condition)
    }

    private mutating func number(of set: ByteSet) -> Int {
        if let known = setNumbers[set] { return known }
        sets.append(set)
        setNumbers[set] = sets.count - 1
        return sets.count - 1
    }
}
