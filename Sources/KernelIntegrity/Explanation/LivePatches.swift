// SPDX-License-Identifier: Apache-2.0

/// The kernel's live patches (kernel/livepatch/core.c): those on its list, and what is really called in place of functions.
struct LivePatches: Sendable {
    struct Patch: Sendable {
        /// Of its `struct module`.
        var module: UInt64
        var functions: [Function]
    }

    /// A function that is replaced.
    struct Function: Hashable, Sendable {
        /// Of its `struct klp_func`.
        var address: UInt64
        var name: String
        var original: UInt64
        var replacement: UInt64
    }

    var patches: [Patch] = []
    /// At each place that is patched: the user of ftrace, and the functions that were put there, the one that is called first.
    var places: [(tracer: UInt64, functions: [Function])] = []
    /// Whether all lists could be followed.
    var isComplete = false
}

extension KernelFacts {
    /// `nil` where the kernel has no live patches, or not in a form that is known.
    func livePatches() throws(KernelMemoryError) -> LivePatches? {
        guard let list = address(of: "klp_patches"), let operations = address(of: "klp_ops"),
            let link = offset(of: "klp_patch.list"), let module = offset(of: "klp_patch.mod"),
            let objects = offset(of: "klp_patch.obj_list"), let objectLink = offset(of: "klp_object.node"),
            let functions = offset(of: "klp_object.func_list"), let functionLink = offset(of: "klp_func.node"),
            let stackLink = offset(of: "klp_func.stack_node"), let operationLink = offset(of: "klp_ops.node"),
            let stack = offset(of: "klp_ops.func_stack"), let tracer = offset(of: "klp_ops.fops")
        else { return nil }
        var found = LivePatches(isComplete: true)
        let patches = try memory.elements(ofListAt: list, link: link, fields: [(module, 8)], limit: 1000)
        found.isComplete = patches.isComplete
        for patch in patches.elements {
            var replaced: [LivePatches.Function] = []
            let parts = try memory.elements(
                ofListAt: patch.address &+ UInt64(objects), link: objectLink, limit: 1000)
            found.isComplete = found.isComplete && parts.isComplete
            for part in parts.elements {
                replaced += try liveFunctions(part.address &+ UInt64(functions), functionLink, &found)
            }
            found.patches.append(LivePatches.Patch(module: patch.number(0), functions: replaced))
        }
        let places = try memory.elements(ofListAt: operations, link: operationLink, limit: 10_000)
        found.isComplete = found.isComplete && places.isComplete
        for place in places.elements {
            let functions = try liveFunctions(place.address &+ UInt64(stack), stackLink, &found)
            found.places.append((place.address &+ UInt64(tracer), functions))
        }
        return found
    }

    private func liveFunctions(
        _ head: UInt64, _ link: Int, _ found: inout LivePatches
    ) throws(KernelMemoryError) -> [LivePatches.Function] {
        guard let name = offset(of: "klp_func.old_name"), let original = offset(of: "klp_func.old_func"),
            let replacement = offset(of: "klp_func.new_func")
        else { return [] }
        let walked = try memory.elements(
            ofListAt: head, link: link, fields: [(name, 8), (original, 8), (replacement, 8)], limit: 10_000)
        found.isComplete = found.isComplete && walked.isComplete
        let names = try memory.gather(walked.elements.map { $0.number(0) }, 48)
        return zip(walked.elements, names).map { element, name in
            LivePatches.Function(
                address: element.address, name: name?.textBeforeZero ?? "", original: element.number(1),
                replacement: element.number(2))
        }
    }
}
