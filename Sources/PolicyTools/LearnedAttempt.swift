// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// What a rule can say of an attempt that was seen.
struct LearnedAttempt: Hashable {
    var operation: Operation
    var program: PathPattern
    /// The path of the file, or the executable of the process; `nil` where there is none.
    var object: PathPattern?
    /// Memory, or an area of the kernel, without a file: as narrow as a rule can say it.
    var isAnonymous = false
    var access: Set<Access>
    var mappings: Set<MappingKind>
    var signal: Signal?
    var area: KernelArea?

    init(_ attempt: Attempt, program: PathPattern) {
        operation = attempt.operation
        self.program = program
        access = attempt.access
        mappings = attempt.mappings
        signal = attempt.signal
        area = attempt.area
    }
}

/// Rules that permit attempts and nothing besides, but what the generalisation asked for adds.
///
/// A rule's `access` and `mapping` match whatever has any of the words: a rule on reading matches a file opened for
/// reading and writing as well. So before a rule that doesn't permit all words, one denies the others on the same
/// objects.
struct LearnedRules {
    /// What rules on one operation by one program have in common.
    private struct Group: Hashable {
        var operation: Operation
        var program: PathPattern
        var isAnonymous: Bool
        /// All words that were seen of these objects.
        var access: Set<Access>
        var mappings: Set<MappingKind>
        var signal: Signal?
        var area: KernelArea?
    }

    /// Least first: exact before generalised, few objects before many.
    private(set) var rules: [Rule] = []
    private var names: [String: Int] = [:]

    init(_ seen: Set<LearnedAttempt>, _ generalization: PolicyLearner.Generalization) {
        let groups = Self.groups(seen).map { group, objects in
            (group: group, objects: Self.generalized(objects, group.operation, generalization))
        }
        func rank(_ patterns: [PathPattern]) -> Int { patterns.contains { $0.isGeneral } ? 1 : 0 }
        let sorted = groups.sorted { a, b in
            let (first, second) = (rank(a.objects), rank(b.objects))
            if first != second { return first < second }
            if a.objects.count != b.objects.count { return a.objects.count < b.objects.count }
            return Self.order(a.group, a.objects) < Self.order(b.group, b.objects)
        }
        for (group, objects) in sorted { append(group, objects) }
    }

    /// A text that differs where groups do, so that equal events give equal policies.
    private static func order(_ group: Group, _ objects: [PathPattern]) -> String {
        [
            group.operation.rawValue, group.program.text, objects.first?.text ?? "",
            group.access.map(\.rawValue).sorted().joined(separator: ","),
            group.mappings.map(\.rawValue).sorted().joined(separator: ","), group.signal?.text ?? "",
            group.area?.rawValue ?? "",
        ].joined(separator: "\u{0}")
    }

    private static func groups(_ seen: Set<LearnedAttempt>) -> [Group: Set<PathPattern>] {
        /// An object without its words.
        struct Place: Hashable {
            var operation: Operation
            var program: PathPattern
            var object: PathPattern?
            var isAnonymous: Bool
            var signal: Signal?
            var area: KernelArea?
            /// Where an attempt has one word, each word is a group of its own.
            var access: Set<Access>
        }
        var words: [Place: (access: Set<Access>, mappings: Set<MappingKind>)] = [:]
        for attempt in seen {
            let mayBeSeveral = attempt.operation == .fileOpen
            let place = Place(
                operation: attempt.operation, program: attempt.program, object: attempt.object,
                isAnonymous: attempt.isAnonymous, signal: attempt.signal, area: attempt.area,
                access: mayBeSeveral ? [] : attempt.access)
            words[place, default: ([], [])].access.formUnion(attempt.access)
            words[place, default: ([], [])].mappings.formUnion(attempt.mappings)
        }
        var groups: [Group: Set<PathPattern>] = [:]
        for (place, words) in words {
            let group = Group(
                operation: place.operation, program: place.program, isAnonymous: place.isAnonymous,
                access: words.access, mappings: words.mappings, signal: place.signal, area: place.area)
            groups[group, default: []].formUnion(place.object.map { [$0] } ?? [])
        }
        return groups
    }

    // MARK: Directories

    /// What appears there is anybody's choice.
    private static let writableByAll: Set<String> = ["/tmp", "/var/tmp", "/dev/shm", "/run/lock"]

    private static func generalized(
        _ objects: Set<PathPattern>, _ operation: Operation, _ generalization: PolicyLearner.Generalization
    ) -> [PathPattern] {
        let sorted = objects.sorted { $0.text < $1.text }
        // Programs of other processes aren't files that were touched.
        let isOfProcesses = OperationCatalogue.description(of: operation).object == .process
        guard case .directory(let files) = generalization, !isOfProcesses else { return sorted }
        var byDirectory: [String: [PathPattern]] = [:]
        for pattern in sorted { byDirectory[pattern.directory, default: []].append(pattern) }
        return byDirectory.flatMap { directory, members -> [PathPattern] in
            guard members.count >= files, !directory.isEmpty, !Self.writableByAll.contains(directory),
                let all = try? PathPattern(directory + "/*")
            else { return members }
            return [all]
        }.sorted { $0.text < $1.text }
    }

    // MARK: Rules

    private mutating func append(_ group: Group, _ objects: [PathPattern]) {
        let description = OperationCatalogue.description(of: group.operation)
        var rule = Rule(name: name(of: group), operations: [group.operation], action: .allow)
        rule.subject = Condition(.exe(PathList([group.program])))
        if !objects.isEmpty || group.isAnonymous {
            let list = PathList(objects, unresolvable: group.isAnonymous)
            rule.object = Condition(description.object == .process ? .exe(list) : .path(list))
        }
        rule.signals = group.signal.map { [$0] } ?? []
        rule.areas = group.area.map { [$0] } ?? []
        var others = rule
        if group.operation == .fileOpen { others.access = description.access.filter { !group.access.contains($0) } }
        if description.hasMapping { others.mappings = MappingKind.allCases.filter { !group.mappings.contains($0) } }
        rule.access = description.access.filter(group.access.contains)
        rule.mappings = MappingKind.allCases.filter(group.mappings.contains)
        // What has none of the words that the model knows can't be told from what has any.
        guard !description.hasMapping || !rule.mappings.isEmpty, description.access.isEmpty || !rule.access.isEmpty
        else { return }
        if !others.access.isEmpty || !others.mappings.isEmpty {
            others.name = Self.fitting(rule.name, suffix: "-else")
            others.action = .deny
            rules.append(others)
        }
        rules.append(rule)
    }

    /// Such as `file.open-sshd`, with a number from the second one on.
    private mutating func name(of group: Group) -> String {
        let program = group.program.text.split(separator: "/").last.map(String.init) ?? ""
        let word = String(
            program.lowercased().unicodeScalars.map { scalar in
                Policy.isName("a\(scalar)") ? Character(scalar) : "-"
            })
        let base = Self.fitting("\(group.operation.rawValue.replacing("_", with: "-"))-\(word)", suffix: "-00000-else")
        let start = String(base.dropLast("-00000-else".count))
        names[start, default: 0] += 1
        return names[start]! > 1 ? "\(start)-\(names[start]!)" : start
    }

    /// `name` and `suffix`, cut before it to what a name may have.
    private static func fitting(_ name: String, suffix: String) -> String {
        String(name.prefix(Policy.maximumNameLength - suffix.count)) + suffix
    }
}

extension PathPattern {
    /// Whether it was made of a directory: what is literal has no star that isn't escaped.
    fileprivate var isGeneral: Bool { text.hasSuffix("/*") }

    /// Of a literal pattern, as a pattern.
    fileprivate var directory: String {
        String(text[..<(text.lastIndex(of: "/") ?? text.startIndex)])
    }
}
