// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
package import EndpointModel

/// An attempt on the command line.
package struct AttemptOptions: ParsableArguments {
    @Option(help: ArgumentHelp("What is attempted, such as process.exec.", valueName: "operation"))
    package var operation: DecidableOperation?

    // MARK: The subject

    @Option(help: "The subject's executable: a resolved path, or unresolvable. Default: /usr/bin/true.")
    package var exe: String?

    @Option(help: ArgumentHelp("The subject's effective user: a number or a name of this machine.", valueName: "user"))
    package var user = "1000"

    @Option(
        help: ArgumentHelp(
            "A group of the subject; may be repeated. Default: the number of the user.", valueName: "group"))
    package var group: [String] = []

    @Option(help: "The subject's cgroup.")
    package var cgroup = "/"

    @Option(
        help: ArgumentHelp("An executable that ran before in the subject's line; may be repeated.", valueName: "path"))
    package var ancestor: [String] = []

    @Option(help: ArgumentHelp("An effective capability of the subject; may be repeated.", valueName: "capability"))
    package var capability: [String] = []

    @Flag(help: "The subject was started as a script; --exe is its interpreter.")
    package var script = false

    @Option(help: ArgumentHelp("SHA-256 of the subject's executable; unknown without.", valueName: "digest"))
    package var subjectDigest: String?

    // MARK: The object

    @Option(help: "The object: a resolved path, or unresolvable.")
    package var path: String?

    @Option(help: ArgumentHelp("A flag of the file; may be repeated.", valueName: "flag"))
    package var flag: [WordArgument<FileFlag>] = []

    @Option(help: ArgumentHelp("The type of the file's file system.", valueName: "name"))
    package var filesystem = "ext4"

    @Option(help: "SHA-256 of the file, or of what the process that is the object executes; unknown without.")
    package var digest: String?

    @Option(help: ArgumentHelp("The file's fs-verity digest; it has none without.", valueName: "digest"))
    package var verity: String?

    @Option(help: ArgumentHelp("The executable of the process that is the object.", valueName: "path"))
    package var objectExe: String?

    @Option(help: ArgumentHelp("The effective user of the process that is the object.", valueName: "user"))
    package var objectUser = "1000"

    @Option(help: ArgumentHelp("A group of the process that is the object; may be repeated.", valueName: "group"))
    package var objectGroup: [String] = []

    @Option(help: ArgumentHelp("The cgroup of the process that is the object.", valueName: "path"))
    package var objectCgroup = "/"

    @Option(help: ArgumentHelp("An executable in the line of the process that is the object.", valueName: "path"))
    package var objectAncestor: [String] = []

    @Option(help: ArgumentHelp("A capability of the process that is the object.", valueName: "capability"))
    package var objectCapability: [String] = []

    // MARK: The operation's own

    @Option(
        help: ArgumentHelp(
            "What is wanted of the object; read and write of a file may be given both.", valueName: "access"))
    package var access: [WordArgument<Access>] = []

    @Option(help: "The signal.")
    package var signal: String?

    @Option(help: ArgumentHelp("A kind of memory; may be repeated.", valueName: "mapping"))
    package var mapping: [WordArgument<MappingKind>] = []

    @Option(help: ArgumentHelp("The area of the kernel.", valueName: "area"))
    package var area: WordArgument<KernelArea>?

    package init() {}

    /// The attempt.
    ///
    /// - Throws: `CommandFailure` that says what is missing or doesn't belong to the operation.
    package func attempt() throws -> Attempt {
        guard let operation = operation?.operation else { throw Self.failure("--operation is missing") }
        let description = OperationCatalogue.description(of: operation)
        let object = try object(of: description)
        func refuse(_ option: String, _ isGiven: Bool, _ isKnown: Bool) throws {
            guard isGiven == isKnown else {
                throw Self.failure(isGiven ? "\(operation.rawValue) has no \(option)" : "--\(option) is missing")
            }
        }
        try refuse("access", !access.isEmpty, !description.access.isEmpty)
        try refuse("signal", signal != nil, description.hasSignal)
        try refuse("mapping", !mapping.isEmpty, description.hasMapping)
        try refuse("area", area != nil, description.hasArea)
        let wanted = Set(access.map(\.word))
        if let other = wanted.first(where: { !description.access.contains($0) }) {
            throw Self.failure(
                "\(operation.rawValue) has no access '\(other.rawValue)': write one of "
                    + description.access.map(\.rawValue).joined(separator: ", "))
        }
        if wanted.count > 1, operation != .fileOpen { throw Self.failure("one attempt has one --access") }
        let number = try signal.map { text in
            guard let signal = Signal(text) else { throw Self.failure("'\(text)' is no signal: write KILL or 9") }
            return signal
        }
        let subject = try process(
            exe ?? "/usr/bin/true", user, group, cgroup, ancestor, capability, subjectDigest, isScript: script)
        return Attempt(
            operation: operation, subject: subject, object: object, access: wanted, signal: number,
            mappings: Set(mapping.map(\.word)), area: area?.word)
    }

    private func object(of description: OperationDescription) throws -> Attempt.Object {
        let isFile = description.fields.contains(.path)
        if path != nil, !isFile { throw Self.failure("\(description.operation.rawValue) has no --path") }
        if objectExe != nil, description.object != .process {
            throw Self.failure("\(description.operation.rawValue) has no --object-exe")
        }
        switch description.object {
        case .file, .memory, .area:
            guard path != nil || description.object != .file else { throw Self.failure("--path is missing") }
            return .file(
                FileFacts(
                    path: try Self.path(path ?? "unresolvable", "--path"), flags: Set(flag.map(\.word)),
                    filesystem: filesystem, digest: try Self.digest(digest), verity: try Self.digest(verity)))
        case .process:
            guard let objectExe else { throw Self.failure("--object-exe is missing") }
            return .process(
                try process(
                    objectExe, objectUser, objectGroup, objectCgroup, objectAncestor, objectCapability, digest,
                    isScript: false))
        case .program, .none: return .none
        }
    }

    private func process(
        _ exe: String, _ user: String, _ groups: [String], _ cgroup: String, _ ancestors: [String],
        _ capabilities: [String], _ digest: String?, isScript: Bool
    ) throws -> ProcessFacts {
        guard let id = SystemAccounts.user(user) else {
            throw Self.failure("the user '\(user)' isn't known on this machine: write a number")
        }
        let ids = try groups.map { group in
            guard let id = SystemAccounts.group(group) else {
                throw Self.failure("the group '\(group)' isn't known on this machine: write a number")
            }
            return id
        }
        let bits = try capabilities.reduce(UInt64(0)) { bits, text in
            guard let capability = Capability(text) else {
                throw Self.failure("'\(text)' is no capability: write one such as CAP_SYS_ADMIN")
            }
            return bits | 1 << UInt64(capability.number)
        }
        return ProcessFacts(
            exe: try Self.path(exe, "an executable"),
            ancestors: try ancestors.map { try Self.path($0, "an ancestor") },
            cgroup: try Self.path(cgroup, "a cgroup"),
            isScript: isScript, user: id, groups: ids.isEmpty ? [id] : ids, capabilities: bits,
            digest: try Self.digest(digest))
    }

    private static func path(_ text: String, _ what: String) throws -> ObservedPath {
        if text == "unresolvable" { return ObservedPath(bytes: [], unresolvable: .anonymous) }
        let components = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        let isResolved =
            text == "/"
            || text.hasPrefix("/") && !components.contains { ["", ".", ".."].contains($0) }
                && text.utf8.count <= PathPattern.maximumLength
        guard isResolved else {
            throw failure(
                "'\(text)' isn't \(what): write one whole resolved path that begins with '/', or unresolvable")
        }
        return ObservedPath(text)
    }

    private static func digest(_ text: String?) throws -> Digest? {
        guard let text else { return nil }
        guard let digest = Digest(text) else { throw failure("'\(text)' is no digest: write 64 hexadecimal digits") }
        return digest
    }

    private static func failure(_ message: String) -> CommandFailure { CommandFailure(.usage, message) }
}

/// An operation that rules can decide.
package struct DecidableOperation: ExpressibleByArgument, Hashable, Sendable {
    package var operation: Operation

    package init?(argument: String) {
        guard let operation = Operation(rawValue: argument), OperationCatalogue.description(of: operation).canDeny
        else { return nil }
        self.operation = operation
    }

    package static var allValueStrings: [String] {
        OperationCatalogue.all.filter(\.canDeny).map(\.operation.rawValue)
    }
}

/// One of the model's words.
package struct WordArgument<Word>: ExpressibleByArgument, Hashable, Sendable
where Word: RawRepresentable<String> & CaseIterable & Hashable & Sendable {
    package var word: Word

    package init?(argument: String) {
        guard let word = Word(rawValue: argument) else { return nil }
        self.word = word
    }

    package static var allValueStrings: [String] { Word.allCases.map(\.rawValue) }
}

extension WordArgument {
    package init(word: Word) { self.word = word }
}
