// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PathAutomaton

/// For everything that lists of one attribute can tell apart, one value.
struct AttributeSamples {
    /// What isn't mentioned in any list comes first.
    private(set) var samples: [AttributeSample] = []
    /// Whether that is all: a value of several parts may be in more combinations of lists than ``limit``.
    private(set) var isComplete = true

    /// Combinations of the lists that a value of several parts may be in.
    static let limit = 4096

    /// - Throws: the limit that the patterns of the lists exceed.
    init(
        _ attribute: AttemptAttribute, _ lists: [AskedList], _ description: OperationDescription,
        accounts: AccountDirectory
    ) throws(PathAutomatonError) {
        switch attribute {
        case .access: takeAccess(lists, description)
        case .signal: takeSignals(lists)
        case .mapping: takeMappings(lists)
        case .area: takeAreas(lists)
        case .filePath:
            try takePaths(lists) {
                $0.pathList
            } put: { path in
                { $0.withFile { $0.path = path } }
            }
        case .subjectProgram, .objectProgram: try takePrograms(attribute, lists)
        case .subjectCgroup, .objectCgroup:
            try takePaths(lists) {
                $0.pathList
            } put: { path in
                { $0.with(attribute) { $0.cgroup = path } }
            }
        case .subjectAncestors, .objectAncestors: try takeAncestors(attribute, lists)
        case .subjectUser, .objectUser: takeUsers(attribute, lists, accounts)
        case .subjectGroups, .objectGroups: takeGroups(attribute, lists, accounts)
        case .subjectCapabilities, .objectCapabilities: takeCapabilities(attribute, lists)
        case .fileFlags: takeFlags(lists)
        case .filesystem: takeFilesystems(lists)
        case .fileDigest, .subjectDigest, .objectDigest, .verity: takeDigests(attribute, lists)
        }
    }

    // MARK: One of several values

    /// Each value that is in other lists than those before it.
    private mutating func take<Value>(
        _ values: [Value], listCount: Int, isIn: (Value, Int) -> Bool, put: (Value) -> (inout Attempt) -> Void
    ) {
        var known: Set<Set<Int>> = []
        for value in values {
            let lists = Set((0..<listCount).filter { isIn(value, $0) })
            if known.insert(lists).inserted { samples.append(AttributeSample(lists: lists, put: put(value))) }
        }
    }

    private mutating func takeAccess(_ lists: [AskedList], _ description: OperationDescription) {
        var values = description.access.map { Set([$0]) }
        if description.operation == .fileOpen { values.append([.read, .write]) }
        if values.isEmpty { values = [[]] }
        take(values, listCount: lists.count) { value, list in
            if case .access(let asked) = lists[list] { !value.isDisjoint(with: asked) } else { false }
        } put: { value in
            { $0.access = value }
        }
    }

    private mutating func takeSignals(_ lists: [AskedList]) {
        // SIGTERM first: the one that people know.
        let values = [15] + (0...Int(Signal.maximum)).filter { $0 != 15 }
        take(values.compactMap { Signal(number: $0) }, listCount: lists.count) { value, list in
            if case .signals(let asked) = lists[list] { asked.contains(value) } else { false }
        } put: { value in
            { $0.signal = value }
        }
    }

    private mutating func takeAreas(_ lists: [AskedList]) {
        take(KernelArea.allCases, listCount: lists.count) { value, list in
            if case .areas(let asked) = lists[list] { asked.contains(value) } else { false }
        } put: { value in
            { $0.area = value }
        }
    }

    private mutating func takeUsers(
        _ attribute: AttemptAttribute, _ lists: [AskedList], _ accounts: AccountDirectory
    ) {
        let asked = lists.map { list -> Set<UInt32> in
            if case .field(.user(let names)) = list { Set(names.compactMap(accounts.user)) } else { [] }
        }
        let named = asked.reduce(into: Set<UInt32>()) { $0.formUnion($1) }
        take([Self.other(than: named)] + named.sorted(), listCount: lists.count) {
            asked[$1].contains($0)
        } put: { value in
            { $0.with(attribute) { $0.user = value } }
        }
    }

    private mutating func takeFilesystems(_ lists: [AskedList]) {
        let asked = lists.map { list -> [String] in
            if case .field(.filesystem(let names)) = list { names } else { [] }
        }
        let named = Set(asked.flatMap { $0 })
        let other = ["ext4", "xfs", "btrfs", "tmpfs"].first { !named.contains($0) } ?? ""
        take([other] + named.sorted(), listCount: lists.count) {
            asked[$1].contains($0)
        } put: { value in
            { $0.withFile { $0.filesystem = value } }
        }
    }

    private mutating func takeDigests(_ attribute: AttemptAttribute, _ lists: [AskedList]) {
        let asked = lists.map { list -> Set<Digest> in
            switch list {
            case .field(.digest(let digests)), .field(.verity(let digests)): Set(digests)
            default: []
            }
        }
        let named = asked.reduce(into: Set<Digest>()) { $0.formUnion($1) }
        let other = (UInt8(0)...255).lazy
            .compactMap { Digest(bytes: Array(repeating: $0, count: Digest.byteCount)) }.first { !named.contains($0) }
        func put(_ digest: Digest?) -> (inout Attempt) -> Void {
            switch attribute {
            case .fileDigest: { $0.withFile { $0.digest = digest } }
            case .verity: { $0.withFile { $0.verity = digest } }
            default: { $0.with(attribute) { $0.digest = digest } }
            }
        }
        let ordered = named.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        take((other.map { [$0] } ?? []) + ordered, listCount: lists.count) {
            asked[$1].contains($0)
        } put: {
            put($0)
        }
        // A file without fs-verity is simply in no list.
        samples.append(AttributeSample(lists: [], isUnknown: attribute != .verity, put: put(nil)))
    }

    static func other(than named: Set<UInt32>) -> UInt32 {
        var id: UInt32 = 1000
        while named.contains(id) { id += 1 }
        return id
    }
}

// MARK: - Paths

extension AttributeSamples {
    /// - Parameter pathList: of a list, its patterns.
    private mutating func takePaths(
        _ lists: [AskedList], _ pathList: (FieldCondition) -> PathList?,
        put: (ObservedPath) -> (inout Attempt) -> Void
    ) throws(PathAutomatonError) {
        for (path, inLists) in try paths(lists, pathList) {
            samples.append(AttributeSample(lists: inLists, put: put(path)))
        }
    }

    /// Paths, the unresolvable one last, with the lists that each is in.
    private mutating func paths(
        _ lists: [AskedList], _ pathList: (FieldCondition) -> PathList?
    ) throws(PathAutomatonError) -> [(path: ObservedPath, lists: Set<Int>)] {
        let asked = lists.map { list -> PathList in
            if case .field(let field) = list { pathList(field) ?? PathList([]) } else { PathList([]) }
        }
        let paths = try PathSamples(asked.map(\.patterns))
        if !paths.isComplete { isComplete = false }
        return paths.samples.map { (ObservedPath(bytes: $0.path), Set($0.lists.map(Int.init))) } + [
            (
                ObservedPath(bytes: [], unresolvable: .anonymous),
                Set(asked.indices.filter { asked[$0].unresolvable })
            )
        ]
    }

    /// An executable, and whether it runs as the interpreter of a script.
    private mutating func takePrograms(
        _ attribute: AttemptAttribute, _ lists: [AskedList]
    ) throws(PathAutomatonError) {
        let ofInterpreters = Set(
            lists.indices.filter { if case .field(.interpreter) = lists[$0] { true } else { false } })
        for (path, inLists) in try paths(lists, { $0.pathList }) {
            samples.append(
                AttributeSample(lists: inLists.subtracting(ofInterpreters)) { $0.with(attribute) { $0.exe = path } })
            guard !inLists.isDisjoint(with: ofInterpreters) else { continue }
            samples.append(
                AttributeSample(lists: inLists) { attempt in
                    attempt.with(attribute) { process in
                        process.exe = path
                        process.isScript = true
                    }
                })
        }
    }

    private mutating func takeAncestors(
        _ attribute: AttemptAttribute, _ lists: [AskedList]
    ) throws(PathAutomatonError) {
        let atoms = try paths(lists) { $0.pathList }
        takeUnions(atoms.map { ($0.lists, $0.path) }) { paths in
            { $0.with(attribute) { $0.ancestors = paths } }
        }
        // Of more than the platform could keep, any may have been.
        for sample in samples where sample.lists.count < lists.count {
            var unknown = sample
            unknown.isUnknown = true
            unknown.put = { attempt in
                sample.put(&attempt)
                attempt.with(attribute) { $0.hasUnknownAncestors = true }
            }
            samples.append(unknown)
        }
    }
}

// MARK: - Values of several parts

extension AttributeSamples {
    /// Each combination of lists that parts can be in together.
    ///
    /// - Parameter atLeastOne: a part in no list, where a value without any part doesn't exist.
    private mutating func takeUnions<Part>(
        _ parts: [(lists: Set<Int>, part: Part)], atLeastOne: Part? = nil,
        put: ([Part]) -> (inout Attempt) -> Void
    ) {
        var different: Set<Set<Int>> = [[]]
        let atoms = parts.filter { different.insert($0.lists).inserted }
        var unions: [(lists: Set<Int>, parts: [Part])] = [([], atLeastOne.map { [$0] } ?? [])]
        var known: Set<Set<Int>> = [[]]
        var position = 0
        while position < unions.count {
            let (lists, parts) = unions[position]
            for atom in atoms where known.insert(lists.union(atom.lists)).inserted {
                guard unions.count < Self.limit else {
                    isComplete = false
                    break
                }
                unions.append((lists.union(atom.lists), position == 0 ? [atom.part] : parts + [atom.part]))
            }
            position += 1
        }
        samples += unions.map { AttributeSample(lists: $0.lists, put: put($0.parts)) }
    }

    private mutating func takeGroups(
        _ attribute: AttemptAttribute, _ lists: [AskedList], _ accounts: AccountDirectory
    ) {
        let asked = lists.map { list -> Set<UInt32> in
            if case .field(.group(let names)) = list { Set(names.compactMap(accounts.group)) } else { [] }
        }
        let named = asked.reduce(into: Set<UInt32>()) { $0.formUnion($1) }
        let atoms = named.sorted().map { group in (Set(asked.indices.filter { asked[$0].contains(group) }), group) }
        takeUnions(atoms, atLeastOne: Self.other(than: named)) { groups in
            { $0.with(attribute) { $0.groups = groups } }
        }
    }

    private mutating func takeCapabilities(_ attribute: AttemptAttribute, _ lists: [AskedList]) {
        let atoms = Capability.names.indices.compactMap { Capability(number: $0) }.map { capability in
            let inLists = lists.indices.filter {
                if case .field(.capability(let asked)) = lists[$0] { asked.contains(capability) } else { false }
            }
            return (Set(inLists), capability)
        }
        takeUnions(atoms) { capabilities in
            let bits = capabilities.reduce(0) { $0 | UInt64(1) << UInt64($1.number) }
            return { $0.with(attribute) { $0.capabilities = bits } }
        }
    }

    private mutating func takeFlags(_ lists: [AskedList]) {
        let atoms = FileFlag.selectable.map { flag in
            let inLists = lists.indices.filter {
                if case .field(.flags(let asked)) = lists[$0] { asked.contains(flag) } else { false }
            }
            return (Set(inLists), flag)
        }
        takeUnions(atoms) { flags in { $0.withFile { $0.flags = Set(flags) } } }
    }

    private mutating func takeMappings(_ lists: [AskedList]) {
        let atoms = MappingKind.allCases.map { kind in
            let inLists = lists.indices.filter {
                if case .mappings(let asked) = lists[$0] { asked.contains(kind) } else { false }
            }
            return (Set(inLists), kind)
        }
        let other = atoms.first { $0.0.isEmpty }?.1
        takeUnions(atoms, atLeastOne: other) { kinds in { $0.mappings = Set(kinds) } }
        // Memory is of some kind.
        if other == nil { samples.removeFirst() }
    }
}

// MARK: - Writing a value

extension Attempt {
    fileprivate mutating func with(_ attribute: AttemptAttribute, _ body: (inout ProcessFacts) -> Void) {
        if attribute.isOfSubject {
            body(&subject)
        } else if case .process(var process) = object {
            body(&process)
            object = .process(process)
        }
    }

    fileprivate mutating func withFile(_ body: (inout FileFacts) -> Void) {
        guard case .file(var file) = object else { return }
        body(&file)
        object = .file(file)
    }
}
