// SPDX-License-Identifier: Apache-2.0

/// Looks through the text before the YAML parser does, for what a policy must not contain.
///
/// Anchors, aliases, tags, merge keys, directives and block scalars have no use in a policy and let a small file grow
/// or mean something else than it seems to. Deep nesting would overflow the stack of a recursive parser. The scan knows
/// just enough YAML to tell the start of a value from the inside of one: comments, quotes, flow brackets.
struct YAMLGuard {
    static let maximumBytes = 1 << 20
    /// Brackets within brackets.
    static let maximumFlowDepth = 16
    /// Columns before a line's first value, dashes included: each level of nesting takes at least one.
    static let maximumIndentation = 64

    /// Whether the text may be parsed: nothing was found that makes parsing it dangerous.
    private(set) var mayParse = true

    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var line = 1
    private var lineStart = 0
    private var flowDepth = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    mutating func scan(into diagnostics: inout DiagnosticList) {
        refuseForeignLineEnds(&diagnostics)
        while index < scalars.count, mayParse {
            if index == lineStart { beginLine(&diagnostics) }
            value(&diagnostics)
        }
    }

    private var place: Place { Place(line: line, column: index - lineStart + 1) }
    private var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }
    private var isAtSpace: Bool { current.map { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" } ?? true }

    private func isSpace(after offset: Int) -> Bool {
        let next = index + offset
        return next >= scalars.count || [" ", "\t", "\n", "\r"].contains(scalars[next])
    }

    /// The parser ends a line at these too. What follows one would look like a part of a comment to a reader, and to this
    /// scan, and be a policy all the same.
    private mutating func refuseForeignLineEnds(_ diagnostics: inout DiagnosticList) {
        var place = Place.start
        for (index, scalar) in scalars.enumerated() {
            let isForeign =
                switch scalar {
                case "\u{85}", "\u{2028}", "\u{2029}": true
                case "\r": index + 1 == scalars.count || scalars[index + 1] != "\n"
                default: false
                }
            if isForeign {
                let code = String(scalar.value, radix: 16, uppercase: true)
                diagnostics.error(
                    place, "a line ends with U+\(String(repeating: "0", count: 4 - code.count))\(code)",
                    instead: "end lines with a line feed")
                mayParse = false
                return
            }
            place =
                scalar == "\n"
                ? Place(line: place.line + 1, column: 1) : Place(line: place.line, column: place.column + 1)
        }
    }

    private mutating func advance() {
        if scalars[index] == "\n" {
            line += 1
            lineStart = index + 1
        }
        index += 1
    }

    private mutating func skipLine() {
        while let scalar = current, scalar != "\n" {
            _ = scalar
            index += 1
        }
    }

    /// Indentation, directives and the dashes between documents.
    private mutating func beginLine(_ diagnostics: inout DiagnosticList) {
        if current == "%", flowDepth == 0 {
            diagnostics.error(
                place, "YAML directives aren't supported in \(diagnostics.document)", instead: "remove the line")
            skipLine()
            return
        }
        if index + 2 < scalars.count, scalars[index...index + 2].allSatisfy({ $0 == "-" }), isSpace(after: 3) {
            index += 3
            flowDepth = 0
        }
        while let scalar = current {
            if scalar == " " || scalar == "\t" {
                index += 1
            } else if flowDepth == 0, scalar == "-" || scalar == "?", isSpace(after: 1) {
                if scalar == "?" {
                    diagnostics.error(
                        place, "a '?' key isn't supported in \(diagnostics.document)", instead: "write 'key: value'")
                }
                index += 1
            } else {
                break
            }
        }
        if index - lineStart > Self.maximumIndentation, current != "#", current != "\n", flowDepth == 0 {
            refuse(
                &diagnostics, "the line is indented by more than \(Self.maximumIndentation) columns",
                instead: "indent by two columns a level")
        }
    }

    private mutating func refuse(_ diagnostics: inout DiagnosticList, _ message: String, instead: String) {
        diagnostics.error(place, message, instead: instead)
        mayParse = false
    }

    /// At the place where a value, a key or punctuation may begin.
    private mutating func value(_ diagnostics: inout DiagnosticList) {
        guard let scalar = current else { return }
        switch scalar {
        case " ", "\t", "\r", "\n", ",": advance()
        case "#": skipLine()
        case "&":
            diagnostics.error(
                place, "YAML anchors aren't supported in \(diagnostics.document)", instead: "remove '&' and the name")
            skipWord()
        case "*":
            refuse(
                &diagnostics, "a plain value can't begin with '*', which is a YAML alias",
                instead: "quote the pattern, as in '**/name'; aliases aren't supported in \(diagnostics.document)")
        case "!":
            diagnostics.error(
                place, "YAML tags aren't supported in \(diagnostics.document)",
                instead: "remove the tag, or quote the value")
            skipWord()
        case "|", ">":
            if flowDepth == 0 {
                diagnostics.error(
                    place, "YAML block scalars aren't supported in \(diagnostics.document)",
                    instead: "write the text on one line")
                skipBlock()
            } else {
                plain()
            }
        case "\"", "'": quoted(by: scalar)
        case "[", "{":
            flowDepth += 1
            if flowDepth > Self.maximumFlowDepth {
                refuse(
                    &diagnostics, "brackets are nested more than \(Self.maximumFlowDepth) deep",
                    instead: "write lists with '-', one entry a line")
            }
            index += 1
        case "]", "}":
            flowDepth = max(0, flowDepth - 1)
            index += 1
        case ":" where isSpace(after: 1) || flowDepth > 0: index += 1
        default: plain()
        }
    }

    private mutating func skipWord() {
        while !isAtSpace { index += 1 }
    }

    /// The lines of a block scalar are indented deeper than the line it begins on.
    private mutating func skipBlock() {
        func indentation(from start: Int) -> Int {
            var end = start
            while end < scalars.count, scalars[end] == " " { end += 1 }
            return end - start
        }
        let outer = indentation(from: lineStart)
        skipLine()
        while index < scalars.count {
            advance()
            let isBlank =
                index + indentation(from: index) >= scalars.count || scalars[index + indentation(from: index)] == "\n"
            if !isBlank, indentation(from: index) <= outer { return }
            skipLine()
        }
    }

    private mutating func quoted(by quote: Unicode.Scalar) {
        index += 1
        while let scalar = current {
            if scalar == "\\", quote == "\"", index + 1 < scalars.count { advance() }
            let isEnd = scalar == quote
            advance()
            guard isEnd else { continue }
            if quote == "'", current == "'" { advance() } else { return }
        }
    }

    /// A plain value or key, up to what ends it on its line.
    private mutating func plain() {
        while let scalar = current, scalar != "\n" {
            if scalar == ":", isSpace(after: 1) { return }
            if isAtSpace, index + 1 < scalars.count, scalars[index + 1] == "#" { return }
            if flowDepth > 0, [",", "[", "]", "{", "}"].contains(scalar) { return }
            index += 1
        }
    }
}
