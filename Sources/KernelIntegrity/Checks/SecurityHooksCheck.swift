// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel

/// `security-hooks`: each function that a security hook calls is one of the kernel's own security modules, put there at its
/// start.
///
/// Before 6.12 a hook is a list in `security_hook_heads`; later slots of `static_calls_table`, each a static call with a key that
/// is writable, and a switch. Security modules can't be loaded, and BPF's programs hang on functions of the kernel: so there is
/// nobody else to be explained. Fixture: `lsm_hook`.
public struct SecurityHooksCheck: IntegrityCheck {
    public let name = "security-hooks"
    public let covers = "Each security hook: its functions are those of the kernel's own security modules."
    public let pace = CheckPace.fast

    public init() {}

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        if let heads = kernel.address(of: "security_hook_heads") { return try lookAtLists(heads, kernel) }
        if let table = kernel.address(of: "static_calls_table") { return try lookAtCalls(table, kernel) }
        var result = CheckResult()
        result.gaps.append("this kernel has no security hooks, or none in a form that is known")
        return result
    }

    private func violation(_ hook: String, _ summary: String, _ function: UInt64, _ kernel: KernelView) -> Observation {
        let place = kernel.place(function)
        return Observation(
            .violation, subject: hook, summary: summary, advice: Observation.distrust,
            differences: [
                Finding.Difference(
                    symbol: place.symbol, offset: place.offset, expected: [], found: KernelView.bytes(function))
            ])
    }

    // MARK: Lists

    private func lookAtLists(_ heads: UInt64, _ kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        let hooks = kernel.facts.types.fields(of: "security_hook_heads")
        guard !hooks.isEmpty, let link = kernel.offset(of: "security_hook_list.list"),
            let function = kernel.offset(of: "security_hook_list.hook"),
            let first = try kernel.memory.bytes(heads, hooks.map { $0.offset + 8 }.max() ?? 0)
        else {
            result.gaps.append("the lists of security hooks can't be read")
            return result
        }
        var count = 0
        for hook in hooks {
            let head = first[hook.offset...].littleEndianNumber
            if head == 0 { continue }
            let list = KernelList(link: link, fields: [(function, 8)], limit: 64)
            for element in try kernel.memory.walk(list, from: head).elements {
                count += 1
                let called = element.number(0)
                guard try kernel.owner(of: called) == .kernel else {
                    result.observations.append(
                        violation(
                            hook.name, "the security hook \(hook.name) calls \(kernel.name(called))", called, kernel))
                    continue
                }
                if !kernel.isInImage(element.address) {
                    result.observations.append(
                        violation(
                            hook.name,
                            "the security hook \(hook.name) has an element that isn't one of the kernel's own", called,
                            kernel))
                }
            }
        }
        result.extent = "\(count) functions of \(hooks.count) hooks"
        return result
    }

    // MARK: Static calls

    private struct Slot {
        var hook: String
        var number: Int
        var key: UInt64
        var element: UInt64
        var active: UInt64
    }

    private func lookAtCalls(_ table: UInt64, _ kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        guard let slots = try slots(table, kernel), let function = kernel.offset(of: "static_call_key.func"),
            let enabled = kernel.offset(of: "static_key_false.key.enabled"),
            let registered = kernel.offset(of: "security_hook_list.hook")
        else {
            result.gaps.append("the table of security hooks can't be read")
            return result
        }
        let called = try kernel.memory.gather(slots.map { $0.key &+ UInt64(function) }, 8)
        let switches = try kernel.memory.gather(slots.map { $0.active &+ UInt64(enabled) }, 4)
        let elements = try kernel.memory.gather(slots.map { $0.element &+ UInt64(registered) }, 8)
        var count = 0
        for (index, slot) in slots.enumerated() {
            guard let target = called[index]?.littleEndianNumber, let on = switches[index]?.littleEndianNumber else {
                result.gaps.append("slot \(slot.number) of \(slot.hook) can't be read")
                continue
            }
            if slot.element == 0 {
                guard target != 0 || on != 0 else { continue }
                result.observations.append(
                    violation(
                        slot.hook,
                        "the security hook \(slot.hook) calls \(kernel.name(target)) in slot \(slot.number), which no security module has",
                        target, kernel))
                continue
            }
            count += 1
            let own = elements[index]?.littleEndianNumber ?? 0
            if !kernel.isInImage(slot.element) || own != target {
                result.observations.append(
                    violation(
                        slot.hook,
                        "the security hook \(slot.hook) calls \(kernel.name(target)), not \(kernel.name(own)), which its security module registered",
                        target, kernel))
            } else if try kernel.owner(of: target) != .kernel {
                result.observations.append(
                    violation(
                        slot.hook, "the security hook \(slot.hook) calls \(kernel.name(target))", target, kernel))
            } else if on == 0 {
                result.observations.append(
                    violation(
                        slot.hook,
                        "the security hook \(slot.hook) doesn't call \(kernel.name(target)): it was switched off",
                        target, kernel))
            }
        }
        result.extent = "\(count) functions in \(slots.count) slots"
        return result
    }

    /// All slots of `struct lsm_static_calls_table`, an array for each hook.
    private func slots(_ table: UInt64, _ kernel: KernelView) throws(KernelMemoryError) -> [Slot]? {
        let hooks = kernel.facts.types.fields(of: "lsm_static_calls_table")
        guard !hooks.isEmpty, let size = kernel.size(of: "lsm_static_call"), size > 0,
            let key = kernel.offset(of: "lsm_static_call.key"), let element = kernel.offset(of: "lsm_static_call.hl"),
            let active = kernel.offset(of: "lsm_static_call.active"),
            let bytes = try kernel.memory.bytes(table, hooks.map { $0.offset + $0.size }.max() ?? 0)
        else { return nil }
        return hooks.flatMap { hook in
            (0..<hook.size / size).map { number in
                let start = hook.offset + number * size
                return Slot(
                    hook: hook.name, number: number, key: bytes[(start + key)...].littleEndianNumber,
                    element: bytes[(start + element)...].littleEndianNumber,
                    active: bytes[(start + active)...].littleEndianNumber)
            }
        }
    }

    // MARK: For people

    /// What each hook calls just now, in the hooks' order; none where it can't be read.
    static func called(_ kernel: KernelView) throws(KernelMemoryError) -> [(hook: String, function: UInt64)] {
        if let heads = kernel.address(of: "security_hook_heads") {
            let hooks = kernel.facts.types.fields(of: "security_hook_heads")
            guard !hooks.isEmpty, let link = kernel.offset(of: "security_hook_list.list"),
                let function = kernel.offset(of: "security_hook_list.hook"),
                let first = try kernel.memory.bytes(heads, hooks.map { $0.offset + 8 }.max() ?? 0)
            else { return [] }
            var called: [(hook: String, function: UInt64)] = []
            for hook in hooks {
                let list = KernelList(link: link, fields: [(function, 8)], limit: 64)
                let elements = try kernel.memory.walk(list, from: first[hook.offset...].littleEndianNumber).elements
                called += elements.map { (hook.name, $0.number(0)) }
            }
            return called
        }
        guard let table = kernel.address(of: "static_calls_table"),
            let slots = try SecurityHooksCheck().slots(table, kernel),
            let function = kernel.offset(of: "static_call_key.func")
        else { return [] }
        let targets = try kernel.memory.gather(slots.map { $0.key &+ UInt64(function) }, 8)
        return zip(slots, targets).compactMap { slot, target in
            let function = target?.littleEndianNumber ?? 0
            return function == 0 ? nil : (slot.hook, function)
        }
    }
}
