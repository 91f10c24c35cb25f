// SPDX-License-Identifier: Apache-2.0

/// Instructions that do nothing, as the kernel and compilers write them (arch/x86/include/asm/nops.h).
enum NoOperations {
    static let five: [UInt8] = [0x0f, 0x1f, 0x44, 0x00, 0x00]

    /// The length of the one at an offset; nil where there is another instruction, or it would end behind the limit.
    ///
    /// `nop`, or `nopl` with an operand of zeros, with any number of prefixes 0x66 and 0x2e up to the 15 bytes of an instruction.
    static func length(at start: Int, limit: Int, byte: (Int) -> UInt8) -> Int? {
        var position = start
        let limit = min(limit, start + 15)
        while position < limit, byte(position) == 0x66 || byte(position) == 0x2e { position += 1 }
        guard position < limit else { return nil }
        if byte(position) == 0x90 { return position + 1 - start }
        guard position + 3 <= limit, byte(position) == 0x0f, byte(position + 1) == 0x1f else { return nil }
        let operand: Int
        switch byte(position + 2) {
        case 0x00: operand = 0
        case 0x40: operand = 1
        case 0x44: operand = 2
        case 0x80: operand = 4
        case 0x84: operand = 5
        default: return nil
        }
        let end = position + 3 + operand
        guard end <= limit, (position + 3..<end).allSatisfy({ byte($0) == 0 }) else { return nil }
        return end - start
    }

    /// Whether a range does nothing: no-operations, and at most a jump to its end over `int3` (`add_nop`, since Linux 6.6).
    ///
    /// - Parameter traps: how many `int3` may stand first: behind a jump that was shortened.
    static func fill(_ range: Range<Int>, afterTraps traps: Int = 0, byte: (Int) -> UInt8) -> Bool {
        var position = range.lowerBound
        while position < range.upperBound, position < range.lowerBound + traps, byte(position) == 0xcc { position += 1 }
        while position < range.upperBound {
            if let length = length(at: position, limit: range.upperBound, byte: byte) {
                position += length
                continue
            }
            let operand: Int
            let body: Int
            if byte(position) == 0xeb, range.upperBound - position >= 2 {
                body = position + 2
                operand = Int(Int8(bitPattern: byte(position + 1)))
            } else if byte(position) == 0xe9, range.upperBound - position >= 5 {
                body = position + 5
                operand = (1...4).reversed().reduce(0) { $0 << 8 | Int(byte(position + $1)) }
            } else {
                return false
            }
            return body + operand == range.upperBound && (body..<range.upperBound).allSatisfy { byte($0) == 0xcc }
        }
        return true
    }

    /// The longest run of no-operations around an offset, within limits; nil where there is none.
    ///
    /// Without decoding what is before it, a byte 0x90 may be the end of an operand: the run is a guess at its beginning.
    static func run(around offset: Int, in limits: Range<Int>, byte: (Int) -> UInt8) -> Range<Int>? {
        var start = offset
        if byte(offset) != 0x90 {
            let first = max(limits.lowerBound, offset - 14)
            guard
                let found = (first...offset).first(where: { candidate in
                    length(at: candidate, limit: limits.upperBound, byte: byte).map { candidate + $0 > offset } ?? false
                })
            else { return nil }
            start = found
        }
        var isLonger = true
        while isLonger {
            isLonger = false
            for size in 1...8 where start - size >= limits.lowerBound {
                if length(at: start - size, limit: start, byte: byte) == size {
                    start -= size
                    isLonger = true
                    break
                }
            }
        }
        var end = start
        while end < limits.upperBound, let length = length(at: end, limit: limits.upperBound, byte: byte) {
            end += length
        }
        return end > offset ? start..<end : nil
    }
}
