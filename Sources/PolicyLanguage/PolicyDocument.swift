// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// A policy file: YAML text ⇄ checked policies and their tests. `docs/POLICY.md` describes the language.
///
/// Parsing never stops at the first mistake: all of a file are reported, each with its place. Anything that isn't
/// understood is an error; nothing is skipped in silence.
public struct PolicyDocument: Sendable {
    /// The policies of the file in its order, one a YAML document. Empty if there is any error: a file is used as a whole
    /// or not at all.
    public let policies: [Policy]
    /// The `tests:` of each policy that has some, by its name.
    public let tests: [String: [PolicyTest]]
    /// In the order of the file.
    public let diagnostics: [Diagnostic]

    public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// Reads a list of digests that a policy names (`file:NAME`), or says why it can't be read.
    public typealias DigestLists = (_ name: String) throws(DigestListProblem) -> [Digest]

    /// Reads `bytes`, which must be UTF-8 and at most 1 MiB.
    ///
    /// - Parameters:
    ///   - file: the file's name, for the diagnostics.
    ///   - digestLists: reads the lists of digests that the policies name; without it they may name none.
    public static func parse(
        bytes: [UInt8], file: String, digestLists: @escaping DigestLists = noDigestLists
    ) -> PolicyDocument {
        var diagnostics = DiagnosticList(file: file)
        guard let text = YAMLFile.text(bytes, &diagnostics) else { return PolicyDocument(unusable: diagnostics) }
        return parse(text: text, file: file, digestLists: digestLists)
    }

    /// Reads `text`, at most 1 MiB.
    public static func parse(
        text: String, file: String, digestLists: @escaping DigestLists = noDigestLists
    ) -> PolicyDocument {
        var text = text
        text.makeContiguousUTF8()
        guard text.utf8.count <= YAMLGuard.maximumBytes else { return parse(bytes: Array(text.utf8), file: file) }
        var diagnostics = DiagnosticList(file: file)
        var yamlGuard = YAMLGuard(text)
        yamlGuard.scan(into: &diagnostics)
        guard yamlGuard.mayParse else { return PolicyDocument(unusable: diagnostics) }

        let trees = YAMLReader.read(text, into: &diagnostics)
        if trees.isEmpty, !diagnostics.hasErrors {
            diagnostics.error(.start, "the file holds no policy", instead: "begin with 'apiVersion: sallyport.dev/v1'")
        }
        let lines = SourceLines(text)
        var policies: [Policy] = []
        var tests: [String: [PolicyTest]] = [:]
        var names: [String: Int] = [:]
        for tree in trees {
            var reader = PolicyReader(lines: lines, diagnostics: diagnostics, digestLists: digestLists)
            let document = reader.policy(tree)
            diagnostics = reader.diagnostics
            guard let (policy, itsTests) = document else { continue }
            if let first = names[policy.name] {
                diagnostics.error(
                    tree.place, "the policy '\(policy.name)' is there twice, first in line \(first)",
                    instead: "rename one of them")
            }
            names[policy.name] = names[policy.name] ?? tree.place.line
            policies.append(policy)
            if !itsTests.isEmpty { tests[policy.name] = itsTests }
        }
        guard !diagnostics.hasErrors else { return PolicyDocument(unusable: diagnostics) }
        return PolicyDocument(policies: policies, tests: tests, diagnostics: diagnostics.sorted)
    }

    /// Where there are no other files.
    public static let noDigestLists: @Sendable (String) throws(DigestListProblem) -> [Digest] = {
        _ throws(DigestListProblem) in
        throw DigestListProblem("lists of digests can't be read here", instead: "write the digests themselves")
    }

    private init(policies: [Policy], tests: [String: [PolicyTest]], diagnostics: [Diagnostic]) {
        self.policies = policies
        self.tests = tests
        self.diagnostics = diagnostics
    }

    private init(unusable diagnostics: DiagnosticList) {
        self.init(policies: [], tests: [:], diagnostics: diagnostics.sorted)
    }
}

/// Why a list of digests can't be used.
public struct DigestListProblem: Error, Hashable, Sendable {
    public var message: String
    /// What to do.
    public var instead: String

    public init(_ message: String, instead: String) {
        self.message = message
        self.instead = instead
    }
}
