// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Synchronization

/// `module-text`: each listed module's text is as it was when it was first looked at, but for what the kernel changes itself at the
/// places that the module's own tables name: static keys and calls, functions' beginnings, and probes.
///
/// Limits: what was changed before the first look isn't seen; it comes soon after a module was loaded. A module that is loaded anew
/// has a new baseline, by the number of its directory in sysfs. Fixtures: `text` and `fentry_call` with a module's symbol.
public final class ModuleTextCheck: IntegrityCheck {
    public let name = "module-text"
    public let covers =
        "The text of each listed module, against the first look at it; each change by whom the kernel says."
    public let pace = CheckPace.full

    private let first = Mutex<[Instance: [UInt8]]>([:])
    private let unending = UnendingPatching()

    public init() {}

    /// One loading of a module.
    private struct Instance: Hashable {
        var name: String
        var address: UInt64
        var text: Range<UInt64>
        /// Of its directory: it grows with each that is made.
        var directory: UInt64
    }

    /// Of a module's text that is compared; none is near it.
    private static let limit = 64 << 20

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        result.baseline = "each module's text at the first look at it"
        let modules = try kernel.code().modules.filter { $0.isLive && !$0.text.isEmpty }
        var present: Set<Instance> = []
        var bytes = 0
        var causes: [ModuleTextChanges.Cause: (count: Int, first: String)] = [:]
        var doubtful: [Observation] = []
        let patching = TextPatching(kernel)
        for module in modules where module.text.count <= Self.limit {
            let read = try kernel.memory.read(module.text.lowerBound, module.text.count)
            guard read.missing.isEmpty else {
                result.gaps.append("text of module \(module.name) can't be read, or it is being unloaded")
                continue
            }
            let instance = Instance(
                name: module.name, address: module.address, text: module.text,
                directory: try kernel.directory(of: module))
            present.insert(instance)
            bytes += read.bytes.count
            let then = first.withLock { known in
                if let known = known[instance] { return known }
                known[instance] = read.bytes
                return read.bytes
            }
            let ranges = read.bytes.rangesDiffering(from: then)
            if ranges.isEmpty { continue }
            var changes = ModuleTextChanges(
                module, then: then, now: read.bytes, sites: try kernel.sites(of: module),
                patching: patching)
            for range in ranges { try changes.judge(range, kernel) }
            result.observations += changes.violations
            doubtful += changes.doubtful
            for (cause, places) in changes.causes {
                let known = causes[cause] ?? (0, places.first)
                causes[cause] = (known.count + places.count, known.first)
            }
        }
        if unending.excuses(patching), !doubtful.isEmpty {
            result.gaps.append(UnendingPatching.gap)
        } else {
            result.observations += doubtful
        }
        first.withLock { known in known = known.filter { present.contains($0.key) } }
        for (cause, places) in causes.sorted(by: { ($0.key.kind, $0.key.name) < ($1.key.kind, $1.key.name) }) {
            result.explained.append(
                ExplainedChange(kind: cause.kind, name: cause.name, places: places.count, first: places.first))
        }
        result.extent = "\(bytes) bytes of \(present.count) modules' text"
        return result
    }
}

extension KernelView {
    /// The number of a module's directory in sysfs; 0 where it has none.
    fileprivate func directory(of module: LoadedModule) throws(KernelMemoryError) -> UInt64 {
        guard let directory = offset(of: "module.mkobj.kobj.sd"), let number = offset(of: "kernfs_node.id"),
            let node = try memory.word(module.address &+ UInt64(directory)), node != 0
        else { return 0 }
        return try memory.word(node &+ UInt64(number)) ?? 0
    }
}

/// What has changed in a module's text, and by what.
private struct ModuleTextChanges {
    struct Cause: Hashable {
        var kind: String
        var name: String
    }

    let module: LoadedModule
    let then: [UInt8]
    private(set) var now: [UInt8]
    let sites: ModuleSites
    var causes: [Cause: (count: Int, first: String)] = [:]
    var violations: [Observation] = []
    /// Those at sites, which may be half written.
    var doubtful: [Observation] = []
    private var judged: Set<UInt64> = []
    private let patching: TextPatching

    init(
        _ module: LoadedModule, then: [UInt8], now: [UInt8], sites: ModuleSites, patching: TextPatching
    ) {
        self.patching = patching
        self.module = module
        self.then = then
        self.now = now
        self.sites = sites
    }

    mutating func judge(_ range: Range<Int>, _ kernel: KernelView) throws(KernelMemoryError) {
        for index in range where then[index] != now[index] {
            let address = module.text.lowerBound + UInt64(index)
            let covering = sites.covering(address)
            var explained = false
            for site in covering {
                if judged.contains(site.address) {
                    explained = true
                    break
                }
                guard let cause = try lastingCause(of: site, kernel) else { continue }
                judged.insert(site.address)
                let place = kernel.name(site.address)
                let known = causes[cause] ?? (0, place)
                causes[cause] = (known.count + 1, known.first)
                explained = true
                break
            }
            // `lock` before an instruction becomes a segment's prefix on one processor, and back.
            if explained || Set([then[index], now[index]]) == [0xf0, 0x3e] { continue }
            if covering.isEmpty, try hasPassed(index, kernel) { continue }
            var why = ""
            for site in covering { why += try doubt(site, kernel) }
            return note(index..<range.upperBound, why, kernel)
        }
    }

    /// Whether a probe's breakpoint or jump has gone that was there.
    private func hasPassed(_ index: Int, _ kernel: KernelView) throws(KernelMemoryError) -> Bool {
        guard now[index] == 0xcc || now[index] == 0xe9, try patching.settle() else { return false }
        let range = index..<min(index + 5, now.count)
        return try kernel.memory.bytes(module.text.lowerBound + UInt64(index), range.count) == Array(then[range])
    }

    /// What a place should be, for people.
    private func doubt(_ site: ModuleSites.Site, _ kernel: KernelView) throws(KernelMemoryError) -> String {
        let led = destination(site.address).map { "leads to \(kernel.name($0))" } ?? "is something else"
        switch site.kind {
        case .functionEntry: return "; a function begins there, and it \(led), which neither ftrace nor BPF made"
        case .staticKey(_, let key): return "; the static key \(kernel.keyName(key)) is asked there, and it \(led)"
        case .staticCall(let key):
            let function = try kernel.memory.word(key) ?? 0
            return "; the static call \(kernel.keyName(key)) of \(kernel.name(function)) is there, and it \(led)"
        case .probe: return "; a probe is there, and it \(led)"
        }
    }

    private mutating func note(_ range: Range<Int>, _ why: String, _ kernel: KernelView) {
        let address = module.text.lowerBound + UInt64(range.lowerBound)
        let place = kernel.name(address)
        let violation = Observation(
            .violation, subject: place, summary: "text of module \(module.name) was changed at \(place)\(why)",
            attribution: "module \(module.name)", advice: Observation.distrust,
            differences: [
                Finding.Difference(
                    symbol: "[\(module.name)]", offset: UInt64(range.lowerBound), expected: Array(then[range]),
                    found: Array(now[range]))
            ])
        if why.isEmpty { violations.append(violation) } else { doubtful.append(violation) }
    }

    // MARK: What stands at a site

    private func byte(_ address: UInt64, _ offset: Int = 0) -> UInt8? {
        let index = Int(address &- module.text.lowerBound) + offset
        return now.indices.contains(index) ? now[index] : nil
    }

    private func stands(_ bytes: [UInt8], at address: UInt64) -> Bool {
        bytes.indices.allSatisfy { byte(address, $0) == bytes[$0] }
    }

    /// Where the call or jump leads that stands at an address; `nil`: there is something else.
    private func destination(_ address: UInt64) -> UInt64? {
        (0..<6).map { byte(address, $0) ?? 0 }.relativeBranch(at: address)
    }

    private static let nothing: [UInt8] = [0x0f, 0x1f, 0x44, 0x00, 0x00]
    /// Of a static call that returns nothing, or 0 (arch/x86/kernel/static_call.c).
    private static let returns: [[UInt8]] = [
        [0xc3, 0xcc, 0xcc, 0xcc, 0xcc], [0x66, 0x66, 0x48, 0x31, 0xc0], [0x2e, 0x2e, 0x2e, 0x31, 0xc0],
    ]

    /// The same, once it isn't being changed any more: there are breakpoints meanwhile, and a static call's key comes before its sites.
    private mutating func lastingCause(
        of site: ModuleSites.Site, _ kernel: KernelView
    ) throws(KernelMemoryError) -> Cause? {
        for _ in 0..<8 {
            if let cause = try cause(of: site, kernel) { return cause }
            guard try patching.settle() else { return nil }
            let index = Int(site.address &- module.text.lowerBound)
            let range = index..<min(index + 6, now.count)
            if let bytes = try kernel.memory.bytes(site.address, range.count) {
                now.replaceSubrange(range, with: bytes)
            }
        }
        return try cause(of: site, kernel)
    }

    /// What a site holds as the kernel would write it; `nil`: something else.
    private func cause(of site: ModuleSites.Site, _ kernel: KernelView) throws(KernelMemoryError) -> Cause? {
        let address = site.address
        switch site.kind {
        case .probe:
            guard byte(address) == 0xcc || byte(address) == 0xe9 else {
                // It was taken away again, or goes by ftrace.
                let compared = min(now.count, then.count)
                guard module.text.contains(address), address - module.text.lowerBound < UInt64(compared) else {
                    return nil
                }
                let start = Int(address - module.text.lowerBound)
                let end = min(start + 5, compared)
                return now[start..<end] == then[start..<end] ? Cause(kind: "kprobe", name: "") : nil
            }
            return Cause(kind: "kprobe", name: kernel.name(address))
        case .functionEntry:
            if stands(Self.nothing, at: address) {
                return Cause(kind: "no-operations", name: "functions that nobody traces")
            }
            guard byte(address) == 0xe8 || byte(address) == 0xe9, let called = destination(address) else { return nil }
            let isCall = byte(address) == 0xe8
            if !isCall, try kernel.directJumps()[address] != called { return nil }
            switch try kernel.owner(of: called) {
            case .ftrace where isCall: return Cause(kind: "ftrace", name: "a tracer")
            case .bpf(let name): return Cause(kind: "BPF trampoline", name: kernel.bpfName(name))
            case .kernel where isCall && kernel.name(called).hasPrefix("ftrace_"):
                return Cause(kind: "ftrace", name: "tracers")
            default: return nil
            }
        case .staticKey(let target, let key):
            let cause = Cause(kind: "static key", name: kernel.keyName(key))
            if stands(Self.nothing, at: address) { return cause }
            if byte(address) == 0xe9, destination(address) == target { return cause }
            // The short form of both.
            if stands([0x66, 0x90], at: address) { return cause }
            guard byte(address) == 0xeb, let distance = byte(address, 1) else { return nil }
            let end = address &+ 2 &+ UInt64(bitPattern: Int64(Int8(bitPattern: distance)))
            return end == target ? cause : nil
        case .staticCall(let key):
            let cause = Cause(kind: "static call", name: kernel.keyName(key))
            if stands(Self.nothing, at: address) || Self.returns.contains(where: { stands($0, at: address) }) {
                return cause
            }
            guard let called = destination(address) else { return nil }
            return try kernel.memory.word(key) == called ? cause : nil
        }
    }
}
