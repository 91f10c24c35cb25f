// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc

/// One way to attempt an operation, and what has to be seen of it.
struct Act: Sendable {
    /// The way, in the kernel's words: `openat2`, `PTRACE_SEIZE`.
    var name: String
    /// What it may give when it is denied: the kernel turns some refusals into others.
    var refused: [Int32] = [-EPERM]
    /// What it gives when it isn't denied.
    var passes: Int32 = 0
    /// Whether there are kernels without it: then it gives `-ENOSYS` (or what stands here), and is left out.
    var missing: [Int32] = []

    /// The path of the file that is the object.
    var path: String?
    /// Whether the object's path is unresolvable.
    var isUnresolvable = false
    /// The process that is the object.
    var pid: Int32?
    /// What its details say is its path, or where to.
    var target: String?
    /// At least these.
    var access: Set<Access> = []
    var way: String?
    var signal: Int?
    /// At least these.
    var mappings: Set<MappingKind> = []
    var area: KernelArea?
    /// The user that the process would be.
    var nextUser: UInt32?

    /// Performs it by a function of `CKernelActs`, which leaves behind who acted: 0 or -errno.
    var perform: @Sendable () -> Int32

    init(_ name: String, refused: Int32..., perform: @escaping @Sendable () -> Int32) {
        self.name = name
        if !refused.isEmpty { self.refused = refused }
        self.perform = perform
    }

    /// The first thing that `event` says otherwise; `nil` when it is all as it has to be.
    func mismatch(with event: Event) -> String? {
        let found = event.details
        if let path {
            guard case .file(let file, _) = event.object else { return "the object is \(event.object), not \(path)" }
            if file.path.text != path { return "path \(file.path.text), not \(path)" }
        }
        if isUnresolvable {
            guard case .file(let file, _) = event.object, file.path.unresolvable != nil else {
                return "the object is \(event.object), not an unresolvable path"
            }
        }
        if let pid {
            guard case .process(let process) = event.object, process.pid == pid else {
                return "the object is \(event.object), not process \(pid)"
            }
        }
        if let target, found.target?.text != target { return "target \(found.target?.text ?? "none"), not \(target)" }
        if !found.access.isSuperset(of: access) { return "access \(words(found.access)), not \(words(access))" }
        if let way, found.way != way { return "way '\(found.way)', not '\(way)'" }
        if let signal, found.signal.map({ Int($0.number) }) != signal {
            return "signal \(found.signal?.text ?? "none"), not \(signal)"
        }
        if !found.mappings.isSuperset(of: mappings) {
            return "mapping \(words(found.mappings)), not \(words(mappings))"
        }
        if let area, found.area != area { return "area \(found.area?.rawValue ?? "none"), not \(area.rawValue)" }
        if let nextUser, found.credentials?.effectiveUID != nextUser {
            return "the credentials would be \(found.credentials.map { "\($0)" } ?? "none"), not of user \(nextUser)"
        }
        return nil
    }

    private func words<Word: RawRepresentable>(_ set: Set<Word>) -> [String] where Word.RawValue == String {
        set.map(\.rawValue).sorted()
    }
}

extension Act {
    /// The same act with more that has to be seen of it.
    func seen(
        path: String? = nil, isUnresolvable: Bool = false, pid: Int32? = nil, target: String? = nil,
        access: Set<Access> = [], way: String? = nil, signal: Int? = nil, mappings: Set<MappingKind> = [],
        area: KernelArea? = nil, nextUser: UInt32? = nil
    ) -> Act {
        var act = self
        act.path = path
        act.isUnresolvable = isUnresolvable
        act.pid = pid
        act.target = target
        act.access = access
        act.way = way
        act.signal = signal
        act.mappings = mappings
        act.area = area
        act.nextUser = nextUser
        return act
    }

    /// The same act, which some kernels haven't got: then it gives one of these.
    func absent(_ results: Int32...) -> Act {
        var act = self
        act.missing = results.isEmpty ? [-ENOSYS] : results
        return act
    }

    /// The same act, which gives that when nothing denies it.
    func passing(_ result: Int32) -> Act {
        var act = self
        act.passes = result
        return act
    }
}
