// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import KernelImage

/// By whom text was changed, where the image's tables say that it may be: each change gets a name, and what the kernel itself
/// keeps of it has to agree.
///
/// One observation for each cause, not for each place: a function tracer changes 50,000.
final class TextExplanation {
    /// Where kprobes are: no table of the image says that.
    let probes: [UInt64]

    private let kernel: KernelView
    private let code: CodeMap
    private let operations: [TracingOperation]
    /// Whose the probes at an address are.
    private let probeUsers: [UInt64: String]
    /// Which module live patches the function that begins at an address.
    private let livePatches: [UInt64: String]
    /// Functions that begin with a call to a module that ftrace made for it, by where that leads.
    private let directCalls: Set<UInt64>
    private let directJumps: [UInt64: UInt64]
    /// How many places, and the first of them, by cause.
    private var causes: [Cause: (count: Int, first: String)] = [:]
    /// Of static keys and static calls, by their key; of what the kernel has patched at its start, and of functions that
    /// nobody traces: 130,000 places, so that nothing is named, nor hashed as text, for each.
    private var keys: [UInt64: Places] = [:]
    private var callKeys: [UInt64: Places] = [:]
    private var patched: Places = (0, 0)
    private var untraced: Places = (0, 0)
    private var violations: [Observation] = []

    /// How many, and where the first is.
    private typealias Places = (count: Int, first: UInt64)
    private var calls: [(change: TextChange, key: UInt64)] = []

    private let patching: TextPatching
    /// Sites of static calls that call something else, and may be half written.
    private(set) var doubtful: [Observation] = []

    private struct Cause: Hashable {
        var kind: String
        var name: String
    }

    init(_ kernel: KernelView, _ patching: TextPatching) throws(KernelMemoryError) {
        self.kernel = kernel
        self.patching = patching
        code = try kernel.code()
        operations = try kernel.facts.tracingOperations(from: "ftrace_ops_list")
        var users: [UInt64: [String]] = [:]
        for probe in try kernel.facts.probes() {
            let user = try kernel.user(of: probe)
            users[probe.address, default: []] += user == .several ? [] : [user.name]
        }
        probeUsers = users.mapValues { Array(Set($0)).sorted().joined(separator: ", ") }
        probes = Array(try kernel.facts.probedAddresses().union(users.keys))
        var patched: [UInt64: String] = [:]
        for patch in try kernel.facts.livePatches()?.patches ?? [] {
            let module = code.modules.first { $0.address == patch.module }?.name ?? "of no module"
            for function in patch.functions { patched[function.original] = module }
        }
        livePatches = patched
        directCalls = Set(
            try kernel.functionTracers().filter { $0.mechanism == "direct call" }.flatMap(\.functions))
        directJumps = try kernel.directJumps()
    }

    /// Notes what a change is, or that it isn't what it should be.
    func add(_ change: TextChange) {
        switch change.kind {
        case .functionEntry: addEntry(change)
        case .ftraceCall: count("ftrace", "the tracers that are registered", change)
        case .staticKey:
            if let key = site(change)?.key {
                keys[key, default: (0, change.address)].count += 1
            } else {
                count("static key", "unknown", change)
            }
        case .staticCall, .staticCallTrampoline: addStaticCall(change)
        case .probe:
            let user = probeUsers[change.address].map { " by \($0)" } ?? ""
            count("kprobe", kernel.name(change.address) + user, change)
        case .bpfDispatcher: count("BPF dispatcher", kernel.name(change.address), change)
        case .alternative, .paravirtual, .retpoline, .returnThunk, .call, .callPadding, .sealedEntry, .lockPrefix,
            .runtimeConstant:
            if patched.count == 0 { patched.first = change.address }
            patched.count += 1
        }
    }

    private func site(_ change: TextChange) -> TextSite? {
        kernel.facts.baseline.text?.sites(in: change.address..<change.address + 1).first {
            $0.address == change.address
        }
    }

    private func count(_ kind: String, _ name: String, _ change: TextChange) {
        let cause = Cause(kind: kind, name: name)
        if let known = causes[cause] {
            causes[cause] = (known.count + 1, known.first)
        } else {
            causes[cause] = (1, kernel.name(change.address))
        }
    }

    /// What the kernel does of itself, told as ``CheckResult/explained``.
    private static let ownKinds: Set = ["alternatives", "static key", "static call", "BPF dispatcher", "no-operations"]

    /// What the kernel has changed itself.
    var explained: [ExplainedChange] {
        var changes = causes.filter { Self.ownKinds.contains($0.key.kind) }.map { cause, places in
            ExplainedChange(kind: cause.kind, name: cause.name, places: places.count, first: places.first)
        }
        func add(_ kind: String, _ name: String, _ places: Places) {
            guard places.count > 0 else { return }
            changes.append(
                ExplainedChange(kind: kind, name: name, places: places.count, first: kernel.name(places.first)))
        }
        for (key, places) in keys { add("static key", kernel.keyName(key), places) }
        for (key, places) in callKeys { add("static call", kernel.keyName(key), places) }
        add("alternatives", "the kernel's own patching at its start", patched)
        add("no-operations", "functions that nobody traces", untraced)
        return changes.sorted { ($0.kind, $0.name) < ($1.kind, $1.name) }
    }

    // MARK: The beginning of functions

    private func addEntry(_ change: TextChange) {
        guard let destination = change.destination else {
            if untraced.count == 0 { untraced.first = change.address }
            untraced.count += 1
            return
        }
        let function = kernel.place(change.address).symbol
        let isJump = change.form == .jump(destination)
        switch code.owner(of: destination) {
        case .bpf(let name) where !isJump || directJumps[change.address] == destination:
            count("BPF trampoline", kernel.bpfName(name), change)
        case .ftrace where !isJump:
            let user = operations.first {
                KernelFacts.range($0.trampoline, $0.trampolineSize).contains(destination)
            }
            countTracer(user.map { owner(of: $0.registeredFunction) } ?? "a tracer that has just gone", change)
        case .kernel where !isJump && kernel.name(destination).hasPrefix("ftrace_"):
            countTracer("several tracers, or one in the kernel", change)
        case .module(let module) where !isJump && directCalls.contains(destination):
            count("direct call", "\(function) by module \(module)", change)
        default:
            violations.append(
                Observation(
                    .violation, subject: function,
                    summary:
                        "\(function) begins with a \(isJump ? "jump" : "call") to \(kernel.name(destination)), which neither ftrace nor BPF made",
                    advice: Observation.distrust,
                    differences: [
                        Finding.Difference(
                            symbol: kernel.place(change.address).symbol, offset: kernel.place(change.address).offset,
                            expected: [], found: KernelView.bytes(destination))
                    ]))
        }
    }

    /// A function's entry that ftrace changed. Those of a kprobe are ftrace's too.
    private func countTracer(_ user: String, _ change: TextChange) {
        if user == "kprobe_ftrace_handler", let probe = probeUsers[change.address], !probe.isEmpty {
            return count("kprobe", "\(kernel.place(change.address).symbol) by \(probe)", change)
        }
        let place = kernel.place(change.address)
        if user == "klp_ftrace_handler", let module = livePatches[change.address &- place.offset] {
            return count("live patch", "\(module) of \(place.symbol)", change)
        }
        count("ftrace", user, change)
    }

    /// Who a function that ftrace or a probe calls belongs to, for people.
    private func owner(of function: UInt64) -> String {
        switch code.owner(of: function) {
        case .module(let name): "module \(name)"
        case .bpf(let name): "BPF \(name)"
        case .kernel, .kernelStart: kernel.name(function)
        case .ftrace, nil: "unknown code"
        }
    }

    // MARK: Static calls

    private func addStaticCall(_ change: TextChange) {
        guard let key = site(change)?.key else { return count("static call", kernel.name(change.address), change) }
        calls.append((change, key))
    }

    /// A site calls what its key says, or, where that is a return of 0 or nothing, has no call.
    private func judgeStaticCalls() throws(KernelMemoryError) {
        let keys = Array(Set(calls.map(\.key)))
        let values = try kernel.memory.gather(keys, 8)
        let functions = Dictionary(uniqueKeysWithValues: zip(keys, values.map { $0?.littleEndianNumber }))
        for (change, key) in calls {
            guard let destination = change.destination, let function = functions[key] ?? nil, function != destination,
                try !agreesAfterAll(change, key)
            else {
                callKeys[key, default: (0, change.address)].count += 1
                continue
            }
            let place = kernel.place(change.address)
            doubtful.append(
                Observation(
                    .violation, subject: kernel.name(change.address),
                    summary:
                        "the static call \(kernel.keyName(key)) at \(kernel.name(change.address)) calls \(kernel.name(destination)) instead of \(kernel.name(function))",
                    advice: Observation.distrust,
                    differences: [
                        Finding.Difference(
                            symbol: place.symbol, offset: place.offset, expected: KernelView.bytes(function),
                            found: KernelView.bytes(destination))
                    ]))
        }
        calls = []
    }

    /// Whether a site calls what its key says after all: the text was read some time before the key.
    private func agreesAfterAll(_ change: TextChange, _ key: UInt64) throws(KernelMemoryError) -> Bool {
        for _ in 0..<8 {
            let before = try kernel.memory.word(key)
            let site = try kernel.memory.bytes(change.address, 6)
            if let before, let site, try kernel.memory.word(key) == before {
                let called = site.relativeBranch(at: change.address)
                if called == before || called == nil && site[0] != 0xcc { return true }
            }
            guard try patching.settle() else { return false }
        }
        return false
    }

    /// What the changes that were added come to.
    func observations() throws(KernelMemoryError) -> [Observation] {
        try judgeStaticCalls()
        return violations
            + causes.filter { !Self.ownKinds.contains($0.key.kind) }.map { cause, places in
                // A tracer's places have one cause, whoever's functions they are.
                let by = cause.kind == "ftrace" ? "\(cause.kind) by \(cause.name)" : "\(cause.kind) \(cause.name)"
                return Observation(
                    .explained, subject: "\(cause.kind): \(cause.name)",
                    summary: places.count == 1
                        ? "\(places.first) was changed: \(by)" : "\(places.count) places of text were changed: \(by)",
                    attribution: by)
            }.sorted { $0.subject < $1.subject }
    }
}

extension [UInt8] {
    /// Where a call or jump with an operand of 32 bits leads that lies at an address; `nil`: it is something else.
    func relativeBranch(at address: UInt64) -> UInt64? {
        guard count >= 6 else { return nil }
        let isConditional = self[0] == 0x0f && self[1] & 0xf0 == 0x80
        guard self[0] == 0xe8 || self[0] == 0xe9 || isConditional else { return nil }
        let opcode = isConditional ? 2 : 1
        let operand = Int32(truncatingIfNeeded: Int64(bitPattern: self[opcode..<opcode + 4].littleEndianNumber))
        return address &+ UInt64(opcode + 4) &+ UInt64(bitPattern: Int64(operand))
    }
}
