// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import GRPCCore
import SallyportAPI
import SwiftProtobuf

/// `sallyport.v1.Protection`: what vendors keep others from changing, and the seal.
struct ProtectionService: Sallyport_V1_Protection.SimpleServiceProtocol {
    /// Objects in one request, and ids.
    static let maxObjects = 256

    /// `nil` where nothing can be protected: below tier `enforce`, or where the site turned it off.
    let platform: (any ProtectionPlatform)?
    let limits: APILimits

    func protect(
        request: Sallyport_V1_ProtectRequest, context: ServerContext
    ) async throws -> Sallyport_V1_ProtectResponse {
        try await answering { platform in
            try Caller.require("protect-self") { $0.protectSelf }
            let caller = try Caller.required()
            guard case .vendor = caller.identity else {
                throw RPCError(
                    .permissionDenied, .notEntitled,
                    "protections are a vendor's: make the call as an agent that is registered. The platform's own are"
                        + " in force")
            }
            try Self.check(count: request.objects.count, field: "objects")
            let objects = try request.objects.map { object throws(ValueError) in try ProtectedObject(object) }
            let entries = try await platform.protect(objects, for: caller)
            let generation = await platform.protectionGeneration()
            return .with {
                $0.protections = entries.map(Sallyport_V1_ProtectionEntry.init)
                $0.generation = generation
            }
        }
    }

    func unprotect(
        request: Sallyport_V1_UnprotectRequest, context: ServerContext
    ) async throws -> Sallyport_V1_UnprotectResponse {
        try await answering { platform in
            try Caller.require("protect-self") { $0.protectSelf }
            try Self.check(count: request.ids.count, field: "ids")
            try await platform.unprotect(request.ids, by: try Caller.required().identity)
            let generation = await platform.protectionGeneration()
            return .with { $0.generation = generation }
        }
    }

    func list(
        request: Sallyport_V1_ListProtectionsRequest, response: RPCWriter<Sallyport_V1_ListProtectionsResponse>,
        context: ServerContext
    ) async throws {
        guard let platform else { throw RPCError.notAvailable("Protection") }
        let identity = try Caller.required().identity
        var entries = await platform.protections()
        if case .vendor(let vendor) = identity { entries.removeAll { $0.vendor != vendor.name } }
        if !request.vendor.isEmpty { entries.removeAll { $0.vendor != request.vendor } }
        for batch in Batches(entries, limits: limits, size: { $0.object.path.count * 2 + 64 }) {
            try await response.write(.with { $0.protections = batch.map(Sallyport_V1_ProtectionEntry.init) })
        }
    }

    func seal(request: Sallyport_V1_SealRequest, context: ServerContext) async throws -> Sallyport_V1_SealResponse {
        try await answering { platform in
            try Caller.requireSite()
            let allowances = try request.allowances.map { allowance throws(ValueError) in
                try SealAllowance(allowance)
            }
            let notes = try await platform.seal(leavingOpen: Set(allowances))
            return .with { $0.notes = notes }
        }
    }

    private func answering<Answer: Sendable>(
        _ body: (any ProtectionPlatform) async throws -> Answer
    ) async throws -> Answer {
        guard let platform else { throw RPCError.notAvailable("Protection") }
        do {
            return try await body(platform)
        } catch let error as PlatformError {
            throw RPCError(error)
        } catch let error as ValueError {
            throw RPCError(error)
        }
    }

    private static func check(count: Int, field: String) throws(ValueError) {
        guard count > 0 else { throw .missing(field: field) }
        guard count <= maxObjects else {
            throw .invalid(field: field, reason: "at most \(maxObjects) in one request (protections-per-request)")
        }
    }
}
