// SPDX-License-Identifier: Apache-2.0

import APIValues
public import EndpointModel
import GRPCCore
import SallyportAPI
import SwiftProtobuf

/// What a vendor keeps others from changing: its own processes, files and directories.
///
/// Declared as a draft: it may still change. A platform that can't protect anything here (below tier `enforce`, or where
/// the site turned it off) throws `notAvailable`; ``isAvailable()`` asks first. What is refused to others, and what root
/// can still do, stands in docs/SELF_PROTECTION.md.
public struct Protection: Sendable {
    let client: SallyportClient

    /// Whether the platform has it, by its greeting.
    public func isAvailable() async throws(SallyportError) -> Bool { try await client.has("Protection") }

    /// Protects all of the objects or none. When it returns, the kernel decides by it. What is protected already stays so:
    /// agents call it at each start.
    ///
    /// - Returns: the protections, in the objects' order.
    /// - Throws: `refused` with the reason `protection-invalid` for what isn't there, isn't the vendor's own or is
    ///   everybody's; `sealed` for executables after the seal; `notAvailable` where nothing can be protected.
    @discardableResult
    public func protect(_ objects: [ProtectedObject]) async throws(SallyportError) -> [ProtectionEntry] {
        try await client.calling {
            let request = Sallyport_V1_ProtectRequest.with {
                $0.objects = objects.map(Sallyport_V1_ProtectedObject.init)
            }
            return try await service.protect(request, options: client.callOptions).protections
                .map { message throws(ValueError) in try ProtectionEntry(message) }
        }
    }

    /// Lifts all of these protections of the calling vendor's or none; the operator lifts anybody's.
    ///
    /// - Throws: `refused` with the reason `sealed` after the seal, or `protection-not-found`.
    public func unprotect(_ ids: [UInt64]) async throws(SallyportError) {
        try await client.calling {
            _ = try await service.unprotect(.with { $0.ids = ids }, options: client.callOptions)
        }
    }

    /// The protections in force: an agent's vendor's own, all of them for the operator, the platform's own first.
    public func list() async throws(SallyportError) -> [ProtectionEntry] {
        try await client.calling {
            try await service.list(.init(), options: client.callOptions) { response in
                var entries: [ProtectionEntry] = []
                for try await batch in response.messages {
                    entries += try batch.protections.map { message throws(ValueError) in try ProtectionEntry(message) }
                }
                return entries
            }
        }
    }

    /// Seals the platform until the machine is started again; for the operator only.
    ///
    /// - Parameter allowances: what stays possible to root.
    /// - Returns: sentences worth reading.
    public func seal(leavingOpen allowances: Set<SealAllowance> = []) async throws(SallyportError) -> [String] {
        try await client.calling {
            let request = Sallyport_V1_SealRequest.with {
                $0.allowances = allowances.sorted { $0.rawValue < $1.rawValue }.map(Sallyport_V1_SealAllowance.init)
            }
            return try await service.seal(request, options: client.callOptions).notes
        }
    }

    private var service: Sallyport_V1_Protection.Client<SallyportClient.Transport> {
        Sallyport_V1_Protection.Client(wrapping: client.client)
    }
}

extension SallyportClient {
    /// What a vendor keeps others from changing.
    public var protection: Protection { Protection(client: self) }

    /// Whether the platform names a service in its greeting.
    func has(_ service: String) async throws(SallyportError) -> Bool {
        try await greet().services.contains(service)
    }
}
