// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// `ftrace-operations`: whose code is called where functions begin and end is the kernel's, BPF's or a listed module's, and
/// nobody's who stands between system calls and their functions or leads them elsewhere.
///
/// Looks at ftrace's users, those of its graph of calls, fprobes and direct calls. What the kernel's own tracers, live patching
/// and modules do elsewhere is explained by name.
///
/// Limits: a module that traces another function than those of system calls, and doesn't change where it goes on, is explained
/// and no violation: tools do that. Fixture: `syscall_ftrace`.
public struct FtraceOperationsCheck: IntegrityCheck {
    public let name = "ftrace-operations"
    public let covers = "Who has code called at functions by ftrace, and at which: each is known, none at system calls."
    public let pace = CheckPace.fast

    public init() {}

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        guard kernel.address(of: "ftrace_ops_list") != nil, kernel.offset(of: "ftrace_ops.func") != nil else {
            result.gaps.append("this kernel has no ftrace")
            return result
        }
        let tracers = try kernel.functionTracers()
        for tracer in tracers { try judge(tracer, kernel, &result) }
        if let disabled = kernel.address(of: "ftrace_disabled"),
            try kernel.memory.word(disabled).map({ $0 & 0xffff_ffff != 0 }) ?? false
        {
            result.observations.append(
                Observation(
                    .weakness, subject: "ftrace_disabled",
                    summary:
                        "the kernel has given up ftrace: places of text may stay changed, and nothing can be traced",
                    advice: "Look in the kernel's log for ftrace's warning, and start the machine anew."))
        }
        result.extent = "\(tracers.count) tracers"
        return result
    }

    /// Functions of the kernel that may change where a function goes on.
    private static let redirecting: Set = ["klp_ftrace_handler", "kprobe_ftrace_handler", "call_direct_funcs"]

    private func judge(
        _ tracer: FunctionTracer, _ kernel: KernelView, _ result: inout CheckResult
    ) throws(KernelMemoryError) {
        for function in tracer.functions where function != 0 {
            let called = kernel.name(function)
            switch try kernel.owner(of: function) {
            case .kernel:
                // A filter that the kernel's own tracers have isn't of interest.
                if tracer.redirects, !Self.redirecting.contains(called) {
                    result.observations.append(
                        violation(
                            tracer, function, kernel,
                            "\(called) is registered with ftrace to change where functions go on, which it never does"))
                } else if let known = Self.tracers[called] {
                    try explain(known, tracer, kernel, &result)
                }
            case .bpf(let name):
                result.observations.append(
                    Observation(
                        .explained, subject: "BPF \(name)",
                        summary: "BPF \(name) is called at functions by \(tracer.mechanism)", attribution: "BPF \(name)"
                    ))
            case .module(let module):
                try judge(tracer, function, of: module, kernel, &result)
            case .kernelStart, .ftrace, nil:
                result.observations.append(
                    violation(
                        tracer, function, kernel,
                        "\(tracer.mechanism) calls code that belongs to nobody\(try places(of: tracer, kernel))"))
            }
        }
    }

    private func judge(
        _ tracer: FunctionTracer, _ function: UInt64, of module: String, _ kernel: KernelView,
        _ result: inout CheckResult
    ) throws(KernelMemoryError) {
        let places = try places(of: tracer, kernel)
        let systemCalls = try systemCalls(tracer, kernel)
        if tracer.redirects, tracer.mechanism == "ftrace" {
            result.observations.append(
                violation(
                    tracer, function, kernel,
                    "module \(module) may change by ftrace where functions go on\(places), which only live patching does"
                ))
        } else if let first = systemCalls.first {
            result.observations.append(
                violation(
                    tracer, function, kernel,
                    systemCalls.count == 1
                        ? "module \(module) has its code called by \(tracer.mechanism) at \(first), which makes system calls"
                        : "module \(module) has its code called by \(tracer.mechanism) at \(systemCalls.count) functions that make system calls, \(first) among them"
                ))
        } else {
            result.observations.append(
                Observation(
                    .explained, subject: "module \(module)",
                    summary: "module \(module) has its code called by \(tracer.mechanism)\(places)",
                    attribution: "\(tracer.mechanism) by module \(module)",
                    advice: "Unload the module if it has no business there."))
        }
    }

    private func violation(
        _ tracer: FunctionTracer, _ function: UInt64, _ kernel: KernelView, _ summary: String
    ) -> Observation {
        let place = kernel.place(function)
        return Observation(
            .violation, subject: "\(tracer.mechanism): \(kernel.name(function))", summary: summary,
            advice: Observation.distrust,
            differences: [
                Finding.Difference(
                    symbol: place.symbol, offset: place.offset, expected: [], found: KernelView.bytes(function))
            ])
    }

    // MARK: At which functions

    private func sites(_ tracer: FunctionTracer, _ kernel: KernelView) throws(KernelMemoryError) -> TracedFunctions {
        tracer.filter == 0 ? .some(tracer.sites) : try kernel.facts.tracedFunctions(filter: tracer.filter)
    }

    /// ` at NAME`, ` at 17 functions`, for people.
    private func places(of tracer: FunctionTracer, _ kernel: KernelView) throws(KernelMemoryError) -> String {
        switch try sites(tracer, kernel) {
        case .all: " at every function"
        case .some(let sites) where sites.isEmpty: ""
        case .some(let sites) where sites.count == 1: " at \(kernel.place(sites[0]).symbol)"
        case .some(let sites): " at \(sites.count) functions, \(kernel.place(sites.min()!).symbol) first"
        }
    }

    private func systemCalls(_ tracer: FunctionTracer, _ kernel: KernelView) throws(KernelMemoryError) -> [String] {
        switch try sites(tracer, kernel) {
        case .all: ["every function"]
        case .some(let sites): sites.map { kernel.place($0).symbol }.filter(KernelView.makesSystemCalls).sorted()
        }
    }

    // MARK: The kernel's own

    /// What the kernel's functions are for that are called at others because somebody asked for it.
    private static let tracers = [
        "function_trace_call": "the function tracer",
        "function_stack_trace_call": "the function tracer, with stacks",
        "function_no_repeats_trace_call": "the function tracer",
        "function_stack_no_repeats_trace_call": "the function tracer, with stacks",
        "function_trace_probe_call": "a command of set_ftrace_filter",
        "function_profile_call": "the profile of functions",
        "perf_ftrace_function_call": "perf",
        "stack_trace_call": "the stack tracer",
        "irqsoff_tracer_call": "a latency tracer",
        "wakeup_tracer_call": "a latency tracer",
        "trace_graph_entry": "the function graph tracer",
        "klp_ftrace_handler": "live patching",
        "pstore_ftrace_call": "pstore",
    ]

    private func explain(
        _ known: String, _ tracer: FunctionTracer, _ kernel: KernelView, _ result: inout CheckResult
    ) throws(KernelMemoryError) {
        let places = try places(of: tracer, kernel)
        result.observations.append(
            Observation(
                .explained, subject: known, summary: "\(known) is at work\(places)", attribution: known,
                advice: known == "live patching" ? "" : "It is worked through tracefs or perf; see who has them open."))
    }
}
