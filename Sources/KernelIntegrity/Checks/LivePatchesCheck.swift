// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// `livepatch`: each function that is live patched is so by a patch on the kernel's list, of a listed module, and leads into that
/// module; the patches are told.
///
/// Limits: a module that makes itself a live patch in due form is told, as explained, and no violation. Fixture: `livepatch`.
public struct LivePatchesCheck: IntegrityCheck {
    public let name = "livepatch"
    public let covers = "Live patches: each is on the kernel's list, a listed module's, and leads into it."
    public let pace = CheckPace.fast

    public init() {}

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        guard let live = try kernel.facts.livePatches() else {
            result.gaps.append("this kernel has no live patches, or not in a form that is known")
            return result
        }
        let modules = try kernel.code().modules
        let known = Set(live.patches.flatMap { $0.functions.map(\.address) })
        for patch in live.patches {
            let module = modules.first { $0.address == patch.module }
            let names = patch.functions.map(\.name).sorted().joined(separator: ", ")
            guard let module else {
                result.observations.append(
                    violation("live patch", "a live patch of \(names) is of no listed module", patch.functions))
                continue
            }
            result.observations.append(
                Observation(
                    .explained, subject: module.name, summary: "live patch \(module.name) replaces \(names)",
                    attribution: "live patch \(module.name)"))
            // One that puts back what an older patch replaced has no function of its own.
            for function in patch.functions where function.replacement != function.original {
                if !module.text.contains(function.replacement) {
                    result.observations.append(
                        violation(
                            function.name,
                            "live patch \(module.name) replaces \(function.name) by \(kernel.name(function.replacement)), which isn't its own",
                            [function]))
                }
            }
        }
        for place in live.places {
            for function in place.functions where !known.contains(function.address) {
                result.observations.append(
                    violation(
                        function.name,
                        "\(function.name) is live patched by \(kernel.name(function.replacement)), of which no patch is listed",
                        [function]))
            }
        }
        let tracers = Set(live.places.map(\.tracer))
        for operation in try kernel.facts.tracingOperations(from: "ftrace_ops_list")
        where kernel.name(operation.registeredFunction) == "klp_ftrace_handler" && !tracers.contains(operation.address)
        {
            result.observations.append(
                violation("klp_ftrace_handler", "live patching is registered with ftrace for what is no live patch", [])
            )
        }
        if !live.isComplete { result.gaps.append("the lists of live patches couldn't be followed to their end") }
        result.extent = "\(live.patches.count) patches at \(live.places.count) functions"
        return result
    }

    private func violation(_ subject: String, _ summary: String, _ functions: [LivePatches.Function]) -> Observation {
        Observation(
            .violation, subject: subject, summary: summary, advice: Observation.distrust,
            differences: functions.prefix(8).map {
                Finding.Difference(
                    symbol: $0.name, expected: KernelView.bytes($0.original), found: KernelView.bytes($0.replacement))
            })
    }
}
