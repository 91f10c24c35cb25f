// SPDX-License-Identifier: Apache-2.0

/// What is wrong with the text of a path pattern, and where.
public struct PathPatternError: Error, Hashable, Sendable {
    public enum Reason: String, Hashable, Sendable, CaseIterable {
        case empty, tooLong, zeroByte, relative, doubleSlash, trailingSlash, dotComponent
        case tripleStar, trailingBackslash
        case unclosedClass, unopenedClass, emptyClass, reversedRange, caretInClass, slashInClass, bracketInClass
        case nonASCIIInClass
        case unclosedAlternatives, unopenedAlternatives, singleAlternative, nestedTooDeep, tooManyAlternatives
    }

    public var reason: Reason
    /// The byte of the pattern's UTF-8 text that the reason is about, counted from 0.
    public var offset: Int

    public init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// What is wrong and what to write instead, as one sentence without the place.
    public var message: String {
        switch reason {
        case .empty: "the pattern is empty: write a path, or '/**' for every path"
        case .tooLong:
            "the pattern is longer than \(PathPattern.maximumLength) bytes, more than is matched of any path: shorten it"
        case .zeroByte: "a path never contains a zero byte: remove it"
        case .relative:
            "a pattern must begin with '/' or '**': write the whole path, or '**/' before it for any directory"
        case .doubleSlash: "a resolved path never contains '//': write one '/'"
        case .trailingSlash:
            "a resolved path never ends with '/': write '/**' for everything below a directory, or leave the '/' out"
        case .dotComponent: "a resolved path never has the component '.' or '..': write the path that it leads to"
        case .tripleStar: "three stars have no meaning: write '*' within a component or '**' across components"
        case .trailingBackslash: "nothing follows the backslash: write '\\\\' for a backslash itself"
        case .unclosedClass: "the class isn't closed: write ']' at its end, or '\\[' for a bracket itself"
        case .unopenedClass: "']' closes nothing: write '\\]' for a bracket itself"
        case .emptyClass: "the class has no members: write some, or '\\[' for a bracket itself"
        case .reversedRange: "the range runs backwards: write its lower end first"
        case .caretInClass: "a class is inverted by '!', not by '^': write '[!…]', or '\\^' for the character itself"
        case .slashInClass: "a class never matches '/': write alternatives such as '{a,/}'"
        case .bracketInClass:
            "'[' within a class must be written '\\['; named classes such as '[:alpha:]' aren't known: write '[a-zA-Z]'"
        case .nonASCIIInClass: "a class is of single bytes and holds ASCII only: write alternatives such as '{ä,ö}'"
        case .unclosedAlternatives:
            "the alternatives aren't closed: write '}' at their end, or '\\{' for a brace itself"
        case .unopenedAlternatives: "'}' closes nothing: write '\\}' for a brace itself"
        case .singleAlternative:
            "braces need at least two different alternatives, separated by ',': write '\\{' for a brace itself"
        case .nestedTooDeep:
            "alternatives are nested more than \(PathPattern.maximumNesting) deep: write them as several patterns"
        case .tooManyAlternatives:
            "the alternatives write out to more than \(PathPattern.maximumAlternatives) patterns or"
                + " \(PathPattern.maximumElements) bytes: use '*' or a class, or write several patterns"
        }
    }
}

extension PathPatternError: CustomStringConvertible {
    public var description: String { "byte \(offset): \(message)" }
}
