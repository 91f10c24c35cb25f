// SPDX-License-Identifier: Apache-2.0

import APIValues
public import EndpointModel
import GRPCCore
import SallyportAPI
import SwiftProtobuf

/// What the monitor of the kernel's integrity found: differences of the running kernel from what it should be.
///
/// Needs the entitlement `inspect-kernel`. Declared as a draft: it may still change. A platform that doesn't watch the kernel
/// (below tier `enforce`, or where the site turned it off) throws `notAvailable`; ``isAvailable()`` asks first. What is
/// checked, and how that was proved, stands in docs/KERNEL_PATCH_PROTECTION.md.
public struct Integrity: Sendable {
    let client: SallyportClient

    /// Whether the platform has it, by its greeting.
    public func isAvailable() async throws(SallyportError) -> Bool { try await client.has("Integrity") }

    /// The findings that are kept, in order of their ids.
    ///
    /// - Parameters:
    ///   - checks: only of these checks, by name; empty is all of them.
    ///   - openOnly: without those that have ended.
    public func findings(of checks: [String] = [], openOnly: Bool = false) async throws(SallyportError) -> [Finding] {
        try await client.calling {
            let request = Sallyport_V1_ListFindingsRequest.with {
                $0.checks = checks
                $0.openOnly = openOnly
            }
            return try await service.list(request, options: client.callOptions) { response in
                var findings: [Finding] = []
                for try await batch in response.messages {
                    findings += try batch.findings.map { message throws(ValueError) in try Finding(message) }
                }
                return findings
            }
        }
    }

    /// Calls `body` with findings as they are made, change or end, the open ones first, until it throws, the task is
    /// cancelled or the platform stops, which is an error with the reason `stopping`.
    ///
    /// - Parameters:
    ///   - checks: their names; none is all of them.
    ///   - minimum: nothing less severe.
    ///   - body: gets the findings, and how many were left out since the last call, as it came too late for them.
    public func watch(
        of checks: [String] = [], minimum: Finding.Severity = .explained,
        _ body: @Sendable @escaping (_ findings: [Finding], _ missed: UInt64) async throws -> Void
    ) async throws(SallyportError) {
        try await client.calling {
            let request = Sallyport_V1_WatchFindingsRequest.with {
                $0.checks = checks
                $0.minimum = Sallyport_V1_FindingSeverity(minimum)
            }
            try await service.watch(request, options: client.streamOptions) { response in
                for try await batch in response.messages {
                    try await body(
                        try batch.findings.map { message throws(ValueError) in try Finding(message) }, batch.missed)
                }
            }
        }
    }

    /// How the monitor is doing: its checks, what they compare with, when they looked last, what they couldn't look at.
    public func status() async throws(SallyportError) -> IntegrityStatus {
        try await client.calling {
            try IntegrityStatus(try await service.getStatus(.init(), options: client.callOptions).status)
        }
    }

    /// Has checks look now; returns when all have. There is no time-out: a look at all text may take long.
    ///
    /// - Parameters:
    ///   - checks: by name; empty is all of them.
    ///   - progress: told of each as it begins and ends.
    public func scan(
        _ checks: [String] = [], progress: @Sendable @escaping (ScanProgress) -> Void = { _ in }
    ) async throws(SallyportError) {
        try await client.calling {
            try await service.scan(.with { $0.checks = checks }, options: client.streamOptions) { response in
                for try await message in response.messages { progress(try ScanProgress(message)) }
            }
        }
    }

    /// What the kernel itself has changed of its text, by cause, as the last looks saw it.
    public func explained(by check: String = "") async throws(SallyportError) -> [ExplainedChange] {
        try await client.calling {
            try await service.listExplained(.with { $0.check = check }, options: client.callOptions) { response in
                var changes: [ExplainedChange] = []
                for try await batch in response.messages { changes += batch.changes.map(ExplainedChange.init) }
                return changes
            }
        }
    }

    /// Ends isolation: programs are executed again. Only the machine's operator may, and nobody while the platform is sealed.
    ///
    /// A violation that is found or changes afterwards, and that isolation is the response to, isolates the machine again.
    ///
    /// - Returns: why the machine was isolated; `nil` where it wasn't.
    @discardableResult
    public func endIsolation() async throws(SallyportError) -> String? {
        try await client.calling {
            let reason = try await service.endIsolation(.init(), options: client.callOptions).reason
            return reason.isEmpty ? nil : reason
        }
    }

    private var service: Sallyport_V1_Integrity.Client<SallyportClient.Transport> {
        Sallyport_V1_Integrity.Client(wrapping: client.client)
    }
}

extension SallyportClient {
    /// For calls that last as long as there is something to tell.
    fileprivate var streamOptions: CallOptions {
        var options = callOptions
        options.timeout = nil
        return options
    }

    /// What the monitor of the kernel's integrity found.
    public var integrity: Integrity { Integrity(client: self) }
}
