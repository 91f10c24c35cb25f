// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Subjects and objects of tests.
extension PolicyReader {
    /// What isn't written is that of `ProcessFacts.unremarkable`; `nil` if there are errors.
    mutating func process(_ tree: YAMLTree, _ keys: PolicyKeys) -> ProcessFacts? {
        guard let fields = fields(tree, keys) else { return nil }
        var process = ProcessFacts.unremarkable
        var isWhole = true
        func take<Value>(_ value: Value?, _ path: WritableKeyPath<ProcessFacts, Value>) {
            if let value { process[keyPath: path] = value } else { isWhole = false }
        }
        if let entry = fields["exe"] { take(path(entry.value, "exe"), \.exe) }
        if let entry = fields["ancestors"] {
            let paths = list(entry.value, "ancestors").map { $0.map { path($0, "an ancestor") } } ?? [nil]
            take(paths.contains(nil) ? nil : paths.compactMap { $0 }, \.ancestors)
        }
        if let entry = fields["cgroup"] { take(path(entry.value, "cgroup"), \.cgroup) }
        if let entry = fields["script"] { take(flag(entry.value, "script"), \.isScript) }
        if let entry = fields["user"] {
            let user = self.entry(entry.value, .userNumber)
            take(user, \.user)
            process.groups = user.map { [$0] } ?? []
        }
        if let entry = fields["groups"] { take(entries(entry.value, "groups", .groupNumber), \.groups) }
        if let entry = fields["capabilities"] {
            let capabilities = entries(entry.value, "capabilities", .capability)
            take(capabilities.map { $0.reduce(0) { $0 | 1 << UInt64($1.number) } }, \.capabilities)
        }
        if let entry = fields["digest"] { take(self.entry(entry.value, .digest).map { .some($0) }, \.digest) }
        return isWhole ? process : nil
    }

    /// `nil` if there are errors.
    mutating func file(_ tree: YAMLTree, isRequired: [String]) -> FileFacts? {
        guard let fields = fields(tree, .testFile, isRequired: isRequired) else { return nil }
        var file = fields["path"] == nil ? FileFacts.anonymous : FileFacts(path: ObservedPath("/"))
        var isWhole = isRequired.allSatisfy { fields[$0] != nil }
        func take<Value>(_ value: Value?, _ path: WritableKeyPath<FileFacts, Value>) {
            if let value { file[keyPath: path] = value } else { isWhole = false }
        }
        if let entry = fields["path"] { take(path(entry.value, "path"), \.path) }
        if let entry = fields["flags"] { take(entries(entry.value, "flags", .flag).map { Set($0) }, \.flags) }
        if let entry = fields["filesystem"] { take(self.entry(entry.value, .filesystem), \.filesystem) }
        if let entry = fields["digest"] { take(self.entry(entry.value, .digest).map { .some($0) }, \.digest) }
        if let entry = fields["verity"] { take(self.entry(entry.value, .digest).map { .some($0) }, \.verity) }
        return isWhole ? file : nil
    }

    /// A whole path as the kernel would report it, or the word `unresolvable`.
    private mutating func path(_ tree: YAMLTree, _ what: String) -> ObservedPath? {
        guard let text = text(tree, "'\(what)'") else { return nil }
        if text == Self.unresolvable { return .anonymous }
        let components = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        let isResolved =
            text == "/"
            || text.hasPrefix("/") && !components.contains { ["", ".", ".."].contains($0) }
                && text.utf8.count <= PathPattern.maximumLength && !text.utf8.contains(0)
        if isResolved { return ObservedPath(text) }
        diagnostics.error(
            tree.place, "bad path '\(Self.excerpt(text))'",
            instead: "write one whole resolved path that begins with '/', or 'unresolvable'")
        return nil
    }

    private mutating func flag(_ tree: YAMLTree, _ key: String) -> Bool? {
        guard let text = text(tree, "'\(key)'") else { return nil }
        if let flag = Bool(text) { return flag }
        diagnostics.error(tree.place, "unknown \(key) '\(Self.excerpt(text))'", instead: "write true or false")
        return nil
    }
}

extension ObservedPath {
    /// What `unresolvable` stands for in a test.
    fileprivate static let anonymous = ObservedPath(bytes: [], unresolvable: .anonymous)
}

extension ProcessFacts {
    /// A program of an ordinary user, as tests have it unless they say otherwise.
    static let unremarkable = ProcessFacts(exe: ObservedPath("/usr/bin/true"), user: 1000, groups: [1000])
}

extension FileFacts {
    /// Memory without a file.
    static let anonymous = FileFacts(path: .anonymous, filesystem: "")
}
