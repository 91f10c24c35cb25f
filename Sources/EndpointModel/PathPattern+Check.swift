// SPDX-License-Identifier: Apache-2.0

extension PathPatternParser {
    /// Refuses what no resolved path can look like and gives a leading `**` and `/**/` their meaning.
    static func checked(_ written: [Token]) throws(PathPatternError) -> [PathPattern.Element] {
        let slash = PathPattern.Element.byte(UInt8(ascii: "/"))
        var tokens = written
        // A resolved path begins with '/': `**/x` is `/**/x`, and `**` is `/**`.
        if tokens.first?.element == .deepRun { tokens.insert(Token(element: slash, offset: tokens[0].offset), at: 0) }
        guard let first = tokens.first, first.element == slash else {
            throw PathPatternError(.relative, at: tokens.first?.offset ?? 0)
        }
        if tokens.count > 1, let last = tokens.last, last.element == slash {
            throw PathPatternError(.trailingSlash, at: last.offset)
        }
        try checkComponents(tokens)

        var elements: [PathPattern.Element] = []
        elements.reserveCapacity(tokens.count)
        var index = 0
        while index < tokens.count {
            let element = tokens[index].element
            if element == .deepRun, index + 1 < tokens.count, tokens[index + 1].element == slash,
                tokens[index - 1].element == slash
            {
                elements.append(.components)
                index += 2
            } else {
                elements.append(element)
                index += 1
            }
        }
        return elements
    }

    /// No `//`, no component `.` or `..`. `tokens` begins with a slash.
    private static func checkComponents(_ tokens: [Token]) throws(PathPatternError) {
        let slash = UInt8(ascii: "/")
        let dot = UInt8(ascii: ".")
        var start = 1  // of the component, in `tokens`
        var onlyDots = true
        for index in 1...tokens.count {
            let element = index < tokens.count ? tokens[index].element : .byte(slash)
            guard element == .byte(slash) else {
                if element != .byte(dot) { onlyDots = false }
                continue
            }
            let length = index - start
            if length == 0, index < tokens.count { throw PathPatternError(.doubleSlash, at: tokens[index].offset) }
            if onlyDots, length == 1 || length == 2 { throw PathPatternError(.dotComponent, at: tokens[start].offset) }
            start = index + 1
            onlyDots = true
        }
    }
}
