// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// What may stand in a list: how an entry is read, and what to say of one that can't be.
struct ListEntry<Value: Hashable> {
    /// What an entry is called in messages, such as `digest`.
    var noun: String
    var read: (String) -> Value?
    /// Whether entries are words of a list (`unknown`) or follow a grammar (`bad`).
    var problem: String
    /// What to write instead of such a text.
    var instead: (String) -> String

    /// The noun with its article.
    var one: String { ("aeio".contains(noun.first ?? "x") ? "an " : "a ") + noun }

    /// One of a few words.
    static func word(_ noun: String, among values: [Value]) -> ListEntry where Value: RawRepresentable<String> {
        ListEntry(
            noun: noun, read: { text in values.first { $0.rawValue == text } }, problem: "unknown",
            instead: { Spelling.suggestion(for: $0, among: values.map(\.rawValue)) })
    }

    private static func grammar(
        _ noun: String, read: @escaping (String) -> Value?, instead: @escaping (String) -> String
    ) -> ListEntry {
        ListEntry(noun: noun, read: read, problem: "bad", instead: instead)
    }
}

extension ListEntry<Digest> {
    static var digest: ListEntry {
        grammar("digest", read: { Digest($0) }) { _ in
            "write 64 hexadecimal digits, with or without 'sha256:' before them"
        }
    }
}

extension ListEntry<Account> {
    static var user: ListEntry { account("user") }
    static var group: ListEntry { account("group") }

    private static func account(_ noun: String) -> ListEntry {
        grammar(noun, read: { Account($0) }) { _ in "write a name without blanks and ':', or a number" }
    }
}

extension ListEntry<UInt32> {
    /// In a test, where names aren't looked up.
    static var userNumber: ListEntry { number("user") }
    static var groupNumber: ListEntry { number("group") }

    private static func number(_ noun: String) -> ListEntry {
        grammar(
            noun,
            read: { text in
                guard let account = Account(text) else { return nil }
                return AccountDirectory().user(account)
            }
        ) { _ in "write a number or 'root': a test must mean the same on every machine" }
    }
}

extension ListEntry<String> {
    static var vendor: ListEntry {
        grammar("vendor", read: { Policy.isName($0) ? $0 : nil }) { _ in "write \(Policy.nameGrammar)" }
    }

    /// As in `/proc/filesystems`.
    static var filesystem: ListEntry {
        grammar("filesystem", read: { Policy.isFilesystem($0) ? $0 : nil }) { _ in
            "write \(Policy.filesystemGrammar)"
        }
    }
}

extension ListEntry<ContainerSelector> {
    static var container: ListEntry {
        grammar("container", read: { ContainerSelector($0) }) { _ in
            "write '*' for any, or 12 to 64 lower-case hexadecimal digits: an id or its beginning"
        }
    }
}

extension ListEntry<FileFlag> {
    static var flag: ListEntry { word("flag", among: FileFlag.selectable) }
}

extension ListEntry<Capability> {
    static var capability: ListEntry {
        ListEntry(noun: "capability", read: { Capability($0) }, problem: "unknown") { text in
            let isLong = text.lowercased().hasPrefix("cap_")
            return Spelling.suggestion(
                for: text, among: Capability.names.map { isLong ? "CAP_" + $0.uppercased() : $0 },
                otherwise: "write one of those in capabilities(7), such as CAP_SYS_ADMIN or sys_admin")
        }
    }
}

extension ListEntry<Signal> {
    static var signal: ListEntry {
        ListEntry(noun: "signal", read: { Signal($0) }, problem: "unknown") { text in
            let prefix = text.uppercased().hasPrefix("SIG") ? "SIG" : ""
            return Spelling.suggestion(
                for: text, among: Signal.names.dropFirst().map { prefix + $0 },
                otherwise: "write a name such as KILL or SIGKILL, or a number from 0 to \(Signal.maximum)")
        }
    }
}

extension ListEntry<MappingKind> {
    static var mapping: ListEntry { word("mapping", among: MappingKind.allCases) }
}

extension ListEntry<KernelArea> {
    static var area: ListEntry { word("area", among: KernelArea.allCases) }
}
