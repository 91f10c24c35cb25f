// SPDX-License-Identifier: Apache-2.0

extension PathPattern {
    /// Parses `text` and writes its alternatives out.
    static func parse(_ text: String) throws(PathPatternError) -> [[Element]] {
        var parser = PathPatternParser(text)
        return try parser.parse()
    }
}

/// Recursive descent over the bytes of a pattern. Alternatives are written out on the way, so that what follows
/// (`//`, components of dots, `/**/`) is judged on plain sequences.
struct PathPatternParser {
    /// An element and the byte of the text it came from.
    struct Token {
        var element: PathPattern.Element
        var offset: Int
    }

    private let bytes: [UInt8]
    private var position = 0
    /// Elements written out so far, those of inner alternatives included.
    private var written = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func parse() throws(PathPatternError) -> [[PathPattern.Element]] {
        guard !bytes.isEmpty else { throw PathPatternError(.empty, at: 0) }
        guard bytes.count <= PathPattern.maximumLength else {
            throw PathPatternError(.tooLong, at: PathPattern.maximumLength)
        }
        let sequences = try sequence(nesting: 0)
        var result: [[PathPattern.Element]] = []
        result.reserveCapacity(sequences.count)
        for tokens in sequences { result.append(try Self.checked(tokens)) }
        return result
    }

    /// Everything up to the end, or within alternatives up to the `,` or `}` that ends this one.
    private mutating func sequence(nesting: Int) throws(PathPatternError) -> [[Token]] {
        var sequences: [[Token]] = [[]]
        while position < bytes.count {
            let start = position
            let byte = bytes[position]
            if nesting > 0, byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") { break }
            position += 1
            var element = PathPattern.Element.byte(byte)
            switch byte {
            case 0: throw PathPatternError(.zeroByte, at: start)
            case UInt8(ascii: "\\"): element = .byte(try escaped(from: start))
            case UInt8(ascii: "?"): element = .anyByte
            case UInt8(ascii: "*"): element = try stars()
            case UInt8(ascii: "["): element = try byteClass(from: start)
            case UInt8(ascii: "]"): throw PathPatternError(.unopenedClass, at: start)
            case UInt8(ascii: "}"): throw PathPatternError(.unopenedAlternatives, at: start)
            case UInt8(ascii: "{"):
                let branches = try alternatives(from: start, nesting: nesting + 1)
                guard sequences.count * branches.count <= PathPattern.maximumAlternatives else {
                    throw PathPatternError(.tooManyAlternatives, at: start)
                }
                for head in sequences { try write(head.count * branches.count, at: start) }
                for branch in branches { try write(branch.count * sequences.count, at: start) }
                sequences = sequences.flatMap { head in branches.map { head + $0 } }
                continue
            default: break
            }
            try write(sequences.count, at: start)
            for index in sequences.indices { sequences[index].append(Token(element: element, offset: start)) }
        }
        return sequences
    }

    /// Keeps a short text from writing out to hundreds of megabytes.
    private mutating func write(_ count: Int, at offset: Int) throws(PathPatternError) {
        written += count
        guard written <= PathPattern.maximumElements else { throw PathPatternError(.tooManyAlternatives, at: offset) }
    }

    private mutating func alternatives(from start: Int, nesting: Int) throws(PathPatternError) -> [[Token]] {
        guard nesting <= PathPattern.maximumNesting else { throw PathPatternError(.nestedTooDeep, at: start) }
        var branches: [[Token]] = []
        var count = 0
        while true {
            branches += try sequence(nesting: nesting)
            count += 1
            guard branches.count <= PathPattern.maximumAlternatives else {
                throw PathPatternError(.tooManyAlternatives, at: start)
            }
            guard position < bytes.count else { throw PathPatternError(.unclosedAlternatives, at: start) }
            position += 1
            if bytes[position - 1] == UInt8(ascii: "}") { break }
        }
        // `{}`, `{a}` and `{,}` are more likely literal braces or a slip than meant.
        guard count > 1, branches.contains(where: { !$0.isEmpty }) else {
            throw PathPatternError(.singleAlternative, at: start)
        }
        return branches
    }

    private mutating func escaped(from start: Int) throws(PathPatternError) -> UInt8 {
        guard position < bytes.count else { throw PathPatternError(.trailingBackslash, at: start) }
        guard bytes[position] != 0 else { throw PathPatternError(.zeroByte, at: position) }
        position += 1
        return bytes[position - 1]
    }

    /// `*` or `**`; the first star is taken already.
    private mutating func stars() throws(PathPatternError) -> PathPattern.Element {
        let star = UInt8(ascii: "*")
        guard position < bytes.count, bytes[position] == star else { return .run }
        position += 1
        if position < bytes.count, bytes[position] == star { throw PathPatternError(.tripleStar, at: position) }
        return .deepRun
    }

    /// `[a-z]` or `[!a-z]`; the bracket is taken already.
    private mutating func byteClass(from start: Int) throws(PathPatternError) -> PathPattern.Element {
        var set = ByteSet()
        var isEmpty = true
        let inverted = position < bytes.count && bytes[position] == UInt8(ascii: "!")
        if inverted { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "^") {
            throw PathPatternError(.caretInClass, at: position)
        }
        while true {
            guard position < bytes.count else { throw PathPatternError(.unclosedClass, at: start) }
            if bytes[position] == UInt8(ascii: "]") { break }
            let low = try member(of: start)
            var high = low
            // A '-' before the closing bracket stands for itself.
            if position + 1 < bytes.count, bytes[position] == UInt8(ascii: "-"),
                bytes[position + 1] != UInt8(ascii: "]")
            {
                let range = position
                position += 1
                high = try member(of: start)
                guard low <= high else { throw PathPatternError(.reversedRange, at: range) }
            }
            for byte in low...high { set.insert(byte) }
            isEmpty = false
        }
        position += 1
        guard !isEmpty else { throw PathPatternError(.emptyClass, at: start) }
        if inverted { set = set.inverted }
        set.remove(UInt8(ascii: "/"))
        let members = set.bytes
        return members.count == 1 ? .byte(members[0]) : .set(set)
    }

    private mutating func member(of start: Int) throws(PathPatternError) -> UInt8 {
        guard position < bytes.count else { throw PathPatternError(.unclosedClass, at: start) }
        let offset = position
        var byte = bytes[position]
        position += 1
        if byte == UInt8(ascii: "[") { throw PathPatternError(.bracketInClass, at: offset) }
        if byte == UInt8(ascii: "\\") { byte = try escaped(from: offset) }
        if byte == 0 { throw PathPatternError(.zeroByte, at: offset) }
        if byte == UInt8(ascii: "/") { throw PathPatternError(.slashInClass, at: offset) }
        if byte >= 0x80 { throw PathPatternError(.nonASCIIInClass, at: offset) }
        return byte
    }
}
