// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Foundation
import Testing

@Suite struct PathPatternTests {
    @Test(arguments: PatternExample.all)
    func aPatternMatchesWhatTheDocumentationSaysAndNothingElse(_ example: PatternExample) throws {
        let pattern = try PathPattern(example.pattern)
        for path in example.matching { #expect(pattern.matches(Array(path.utf8)), "\(path)") }
        for path in example.missing { #expect(!pattern.matches(Array(path.utf8)), "\(path)") }
    }

    @Test(arguments: BadPattern.all)
    func aBadPatternIsRefusedWithItsReasonAndPlace(_ bad: BadPattern) {
        #expect(throws: PathPatternError(bad.reason, at: bad.offset)) { try PathPattern(bad.text) }
    }

    @Test func everyReasonForRefusalIsReached() {
        #expect(Set(BadPattern.all.map(\.reason)) == Set(PathPatternError.Reason.allCases))
    }

    @Test func everyReasonSaysWhatToDoInstead() {
        for reason in PathPatternError.Reason.allCases {
            #expect(PathPatternError(reason, at: 0).message.contains(": "), "\(reason)")
        }
    }

    @Test func bytesThatAreNoTextAreMatchedByWildcardsOnly() throws {
        let path = Array("/tmp/".utf8) + [0xff, 0xfe]
        #expect(try PathPattern("/tmp/*").matches(path))
        #expect(try PathPattern("/tmp/??").matches(path))
        #expect(try PathPattern("/tmp/[!a][!a]").matches(path))
        #expect(try !PathPattern("/tmp/?").matches(path))
    }

    @Test func theLongestPatternIsAccepted() throws {
        let longest = "/" + String(repeating: "a", count: PathPattern.maximumLength - 1)
        #expect(try PathPattern(longest).matches(Array(longest.utf8)))
        #expect(throws: PathPatternError(.tooLong, at: PathPattern.maximumLength)) { try PathPattern(longest + "a") }
    }

    @Test func aShortTextCannotWriteOutToMoreThanTheLimit() throws {
        #expect(try PathPattern("/" + String(repeating: "{a,b}", count: 10)).alternatives.count == 1024)
        #expect(throws: PathPatternError(.tooManyAlternatives, at: 51)) {
            try PathPattern("/" + String(repeating: "{a,b}", count: 11))
        }
        let long = String(repeating: "a", count: 1000)
        #expect(throws: PathPatternError.self) {
            try PathPattern("/\(long)\(long)" + String(repeating: "{a,b}", count: 6))
        }
    }

    @Test func aPatternIsCodedAsItsTextAndCheckedWhenDecoded() throws {
        let pattern = try PathPattern("/usr/{bin,sbin}/*")
        let data = try JSONEncoder().encode([pattern])
        #expect(try JSONDecoder().decode([String].self, from: data) == [pattern.text])
        #expect(try JSONDecoder().decode([PathPattern].self, from: data) == [pattern])
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([PathPattern].self, from: Data(#"["tmp"]"#.utf8))
        }
    }
}

/// The table of `docs/POLICY.md`, and more.
struct PatternExample: Sendable, CustomTestStringConvertible {
    var pattern: String
    var matching: [String]
    var missing: [String]
    var testDescription: String { pattern }

    static let all = [
        PatternExample(
            pattern: "/usr/bin/curl", matching: ["/usr/bin/curl"],
            missing: ["/usr/bin/curl2", "/usr/bin", "/x/usr/bin/curl", "/usr/bin/Curl"]),
        PatternExample(
            pattern: "/tmp/*", matching: ["/tmp/a", "/tmp/.a", "/tmp/a b", "/tmp/ä"],
            missing: ["/tmp", "/tmp/a/b", "/tmpx"]),
        PatternExample(
            pattern: "/tmp/**", matching: ["/tmp/a", "/tmp/a/b", "/tmp/.a/.b"],
            missing: ["/tmp", "/tmpx/a", "/var/tmp/a"]),
        PatternExample(pattern: "/tmp{,/**}", matching: ["/tmp", "/tmp/a", "/tmp/a/b"], missing: ["/tmpx"]),
        PatternExample(
            pattern: "/a/**/b", matching: ["/a/b", "/a/x/b", "/a/x/y/b", "/a/b/b"], missing: ["/a/xb", "/ab", "/a/b/c"]),
        PatternExample(pattern: "/**", matching: ["/", "/a", "/a/b"], missing: []),
        PatternExample(pattern: "**", matching: ["/", "/a", "/a/b"], missing: []),
        PatternExample(
            pattern: "**/sh", matching: ["/sh", "/bin/sh", "/usr/bin/sh"], missing: ["/bin/dash", "/bin/sh/x"]),
        PatternExample(pattern: "**.so", matching: ["/x.so", "/lib/x.so", "/lib/.so"], missing: ["/lib/x.so.1"]),
        PatternExample(
            pattern: "/lib/**.so", matching: ["/lib/x.so", "/lib/a/x.so", "/lib/.so"],
            missing: ["/lib/x.so.1", "/libx.so"]),
        PatternExample(
            pattern: "/bin/?sh", matching: ["/bin/dsh", "/bin/ash"], missing: ["/bin/sh", "/bin/bash", "/bin/äsh"]),
        PatternExample(pattern: "/bin/??sh", matching: ["/bin/bash", "/bin/äsh"], missing: ["/bin/b/sh", "/bin//sh"]),
        PatternExample(
            pattern: "/dev/tty[0-9S-]", matching: ["/dev/tty0", "/dev/ttyS", "/dev/tty-"],
            missing: ["/dev/tty", "/dev/ttyT", "/dev/tty10"]),
        PatternExample(
            pattern: "/home/[!.]*", matching: ["/home/ann"], missing: ["/home/.x", "/home/", "/home/ann/x"]),
        PatternExample(pattern: "/a[!b]c", matching: ["/axc"], missing: ["/a/c", "/abc"]),
        PatternExample(pattern: "/a[+-9]c", matching: ["/a.c", "/a0c"], missing: ["/a/c"]),
        PatternExample(
            pattern: "/usr/{,local/}{bin,sbin}/*", matching: ["/usr/bin/a", "/usr/local/sbin/a"],
            missing: ["/usr/lib/a", "/usr/local/a"]),
        PatternExample(
            pattern: "/a/{b{1,2},c/**}", matching: ["/a/b1", "/a/b2", "/a/c/d/e"], missing: ["/a/b", "/a/b3", "/a/c"]),
        PatternExample(pattern: "{/a,/b}/c", matching: ["/a/c", "/b/c"], missing: ["/c"]),
        PatternExample(pattern: #"/a\*\{\[\\"#, matching: [#"/a*{[\"#], missing: [#"/ab{[\"#]),
        PatternExample(pattern: "/a[*][?]", matching: ["/a*?"], missing: ["/abc"]),
        PatternExample(pattern: #"/a[\]\-b]"#, matching: ["/a]", "/a-", "/ab"], missing: ["/ac", #"/a\"#]),
        PatternExample(pattern: "/a,b!c^d", matching: ["/a,b!c^d"], missing: ["/a", "/b"]),
        PatternExample(pattern: "/...", matching: ["/..."], missing: ["/.."]),
        PatternExample(pattern: "/a/**/**/b", matching: ["/a/b", "/a/x/b"], missing: ["/ab"]),
        PatternExample(pattern: "/a/x**y", matching: ["/a/xy", "/a/x/y", "/a/x1/2y"], missing: ["/a/x", "/a/y"]),
        PatternExample(pattern: "/ä", matching: ["/ä"], missing: ["/a", "/ö"]),
        PatternExample(pattern: "/", matching: ["/"], missing: ["/a", ""]),
    ]
}

/// Texts that are no patterns.
struct BadPattern: Sendable, CustomTestStringConvertible {
    var text: String
    var reason: PathPatternError.Reason
    var offset: Int
    var testDescription: String { "\(text.prefix(40)) (\(reason))" }

    static let all = [
        BadPattern(text: "", reason: .empty, offset: 0),
        BadPattern(text: "/" + String(repeating: "a", count: 4095), reason: .tooLong, offset: 4095),
        BadPattern(text: "/a\0b", reason: .zeroByte, offset: 2),
        BadPattern(text: "tmp/a", reason: .relative, offset: 0),
        BadPattern(text: "*/a", reason: .relative, offset: 0),
        BadPattern(text: "{/a,b}", reason: .relative, offset: 4),
        BadPattern(text: "{/a,}", reason: .relative, offset: 0),
        BadPattern(text: "/a//b", reason: .doubleSlash, offset: 3),
        BadPattern(text: "/usr/{,a}/b", reason: .doubleSlash, offset: 9),
        BadPattern(text: "/a/", reason: .trailingSlash, offset: 2),
        BadPattern(text: "/a/**/", reason: .trailingSlash, offset: 5),
        BadPattern(text: "/a/./b", reason: .dotComponent, offset: 3),
        BadPattern(text: "/a/..", reason: .dotComponent, offset: 3),
        BadPattern(text: #"/a/\.[.]/b"#, reason: .dotComponent, offset: 3),
        BadPattern(text: "/a/***", reason: .tripleStar, offset: 5),
        BadPattern(text: #"/a\"#, reason: .trailingBackslash, offset: 2),
        BadPattern(text: "/a[b", reason: .unclosedClass, offset: 2),
        BadPattern(text: "/a]", reason: .unopenedClass, offset: 2),
        BadPattern(text: "/a[]b]", reason: .emptyClass, offset: 2),
        BadPattern(text: "/a[!]", reason: .emptyClass, offset: 2),
        BadPattern(text: "/[z-a]", reason: .reversedRange, offset: 3),
        BadPattern(text: "/[^a]", reason: .caretInClass, offset: 2),
        BadPattern(text: "/[a/]", reason: .slashInClass, offset: 3),
        BadPattern(text: "/[[:alpha:]]", reason: .bracketInClass, offset: 2),
        BadPattern(text: "/[ä]", reason: .nonASCIIInClass, offset: 2),
        BadPattern(text: "/{a,b", reason: .unclosedAlternatives, offset: 1),
        BadPattern(text: "/a}", reason: .unopenedAlternatives, offset: 2),
        BadPattern(text: "/{a}", reason: .singleAlternative, offset: 1),
        BadPattern(text: "/{}", reason: .singleAlternative, offset: 1),
        BadPattern(text: "/a{,}", reason: .singleAlternative, offset: 2),
        BadPattern(
            text: "/" + String(repeating: "{a,", count: 9) + "b" + String(repeating: "}", count: 9),
            reason: .nestedTooDeep, offset: 25),
        BadPattern(text: "/" + String(repeating: "{a,b}", count: 11), reason: .tooManyAlternatives, offset: 51),
    ]
}
