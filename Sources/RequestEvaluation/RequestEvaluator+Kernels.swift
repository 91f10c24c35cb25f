// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// What the kernels could carry.
extension RequestEvaluator {
    func kernel(_ request: APIRequest, _ kernel: String) -> Evaluation.Kernel {
        let need = request.need
        if !need.hooks.isEmpty {
            let notes = need.hooks.compactMap { problem(of: $0, on: kernel, need) }
            return Evaluation.Kernel(kernel: kernel, carries: notes.isEmpty, notes: notes)
        }
        guard let description = description(of: request) else {
            if need.operation == nil {
                return Evaluation.Kernel(kernel: kernel, carries: true, notes: ["no hook is needed"])
            }
            return Evaluation.Kernel(kernel: kernel, carries: false, notes: ["the request names no hook"])
        }
        return carried(description, kernel)
    }

    /// Why a hook isn't what the request needs; `nil` when it is.
    private func problem(of hook: String, on kernel: String, _ need: APIRequest.Need) -> String? {
        guard let fact = hooks.fact(hook, on: kernel) else { return "no program can be attached to `\(hook)`" }
        if need.sleeps, !fact.maySleep { return "a program at `\(hook)` must not sleep" }
        if need.action == .deny, !fact.canRefuse { return "a program at `\(hook)` sees, and can't refuse" }
        return nil
    }

    /// An operation is carried where one of its hooks is; one that isn't there is worth knowing.
    private func carried(_ description: OperationDescription, _ kernel: String) -> Evaluation.Kernel {
        let programs = description.hooks.filter { hook in
            !hook.hasPrefix("lsm/") || hooks.fact(String(hook.dropFirst(4)), on: kernel) != nil
        }
        let absent = description.hooks.filter { !programs.contains($0) }.map { "`\($0)` isn't there" }
        return Evaluation.Kernel(kernel: kernel, carries: !programs.isEmpty, notes: absent)
    }

    /// What is covered elsewhere is a gap on a kernel that was asked for and doesn't carry it.
    func refuseUncoveredKernels(_ request: APIRequest, _ evaluation: inout Evaluation) {
        for row in evaluation.kernels where !row.carries && request.kernels.contains(row.kernel) {
            evaluation.outcome = .gap
            evaluation.reasons.append("kernel \(row.kernel) doesn't carry it: " + row.notes.joined(separator: ", "))
        }
    }
}
