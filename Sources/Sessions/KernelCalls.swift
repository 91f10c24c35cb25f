// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import GRPCCore

/// Who may call `Integrity` and `Inspection`, and how many of their streams one vendor may have.
///
/// ## Concurrency model
/// A stream is written by one task, which is cancelled when the client leaves: gRPC itself tells that to nobody who doesn't
/// ask, and who waits for findings would wait for ever.
struct KernelCalls: Sendable {
    /// As a refusal calls it.
    let service: String
    /// `nil` where the kernel can't be watched, or the site turned it off.
    let platform: (any IntegrityPlatform)?
    let accounts: VendorAccounts

    /// The platform, for who is entitled to it.
    func entitled() throws(RPCError) -> any IntegrityPlatform {
        try Caller.require("inspect-kernel") { $0.inspectKernel }
        guard let platform else { throw .notAvailable(service) }
        return platform
    }

    /// Answers by a stream. What `prepare` refuses is refused before the headers are sent: who has them has what it asked for.
    ///
    /// - Parameter share: kept for as long as the call goes on.
    func stream<Prepared: Sendable, Message: Sendable>(
        _ context: ServerContext,
        prepare: (_ platform: any IntegrityPlatform, _ share: QuotaShare) async throws -> Prepared,
        write: @Sendable @escaping (_ prepared: Prepared, _ writer: RPCWriter<Message>) async throws -> Void
    ) async throws -> StreamingServerResponse<Message> {
        let platform = try entitled()
        let caller = try Caller.required()
        let (prepared, share) = try await answering {
            let share = try accounts.kernelCall(of: caller.identity)
            return (try await prepare(platform, share), share)
        }
        return StreamingServerResponse { writer in
            defer { share.end() }
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await answering { try await write(prepared, writer) } }
                tasks.addTask { try await context.cancellation.cancelled }
                defer { tasks.cancelAll() }
                try await tasks.next()
            }
            return [:]
        }
    }
}
