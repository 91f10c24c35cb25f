// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import GRPCCore
import Logging
import SallyportAPI
import SwiftProtobuf

/// `sallyport.v1.Policies`: changing and reading the policies in force.
struct PoliciesService: Sallyport_V1_Policies.SimpleServiceProtocol {
    let platform: any Platform
    let limits: APILimits
    let logger: Logger

    func apply(request: Sallyport_V1_ApplyRequest, context: ServerContext) async throws -> Sallyport_V1_ApplyResponse {
        try await answering {
            // Before anything is looked at that the caller has sent.
            try Caller.require("manage-policy") { $0.managePolicy }
            guard !request.policies.isEmpty else { throw ValueError.missing(field: "policies") }
            guard request.policies.count <= limits.policiesPerRequest else {
                throw RPCError(
                    .resourceExhausted, .requestLimit,
                    "\(request.policies.count) policies in one request exceed the limit policies-per-request of"
                        + " \(limits.policiesPerRequest); apply them in several requests")
            }
            let policies = try request.policies.map { message throws(ValueError) in try Policy(message) }
            let size = policies.reduce(0) { $0 + $1.messageSize }
            guard size <= limits.policySize else {
                throw RPCError(
                    .resourceExhausted, .requestLimit,
                    "\(size) bytes of policies exceed the limit policy-size of \(limits.policySize); apply fewer at once"
                )
            }
            for policy in policies { try Self.requireRights(to: policy) }
            let receipt = try await platform.apply(policies, by: try Caller.required().identity)
            log("policies applied", policies.map(\.name).joined(separator: " "), receipt)
            return .with { $0.receipt = Sallyport_V1_PolicyReceipt(receipt) }
        }
    }

    func remove(
        request: Sallyport_V1_RemoveRequest, context: ServerContext
    ) async throws -> Sallyport_V1_RemoveResponse {
        try await answering {
            guard !request.name.isEmpty else { throw ValueError.missing(field: "name") }
            try Caller.require("manage-policy") { $0.managePolicy }
            let receipt = try await platform.remove(policy: request.name, by: try Caller.required().identity)
            log("policy removed", request.name, receipt)
            return .with { $0.receipt = Sallyport_V1_PolicyReceipt(receipt) }
        }
    }

    func applyBundle(
        request: Sallyport_V1_ApplyBundleRequest, context: ServerContext
    ) async throws -> Sallyport_V1_ApplyBundleResponse {
        try await answering {
            try Caller.requireSite()
            guard request.hasBundle else { throw ValueError.missing(field: "bundle") }
            let receipt = try await platform.apply(SignedPolicyBundle(request.bundle))
            log("policy bundle applied", "", receipt)
            return .with { $0.receipt = Sallyport_V1_PolicyReceipt(receipt) }
        }
    }

    func list(
        request: Sallyport_V1_ListPoliciesRequest, response: RPCWriter<Sallyport_V1_ListPoliciesResponse>,
        context: ServerContext
    ) async throws {
        for batch in Batches(try await visible(), limits: limits, size: \.approximateSize) {
            try await response.write(.with { $0.policies = batch.map(Sallyport_V1_InstalledPolicy.init) })
        }
    }

    func get(request: Sallyport_V1_GetRequest, context: ServerContext) async throws -> Sallyport_V1_GetResponse {
        try await answering {
            guard let installed = try await visible().first(where: { $0.policy.name == request.name }) else {
                throw PlatformError(
                    .policyNotFound, "no policy named '\(request.name)' is in force; list the policies to see which are"
                )
            }
            return .with { $0.policy = Sallyport_V1_InstalledPolicy(installed) }
        }
    }

    private func log(_ what: Logger.Message, _ names: String, _ receipt: PolicyReceipt) {
        logger.notice(
            what,
            metadata: [
                "policies": "\(names)", "generation": "\(receipt.generation)",
                "by": "\(Caller.current?.identity.name ?? "")", "peer-pid": "\(Caller.current?.peer.pid ?? 0)",
                "peer-uid": "\(Caller.current.map { String($0.peer.uid) } ?? "")",
            ])
    }

    /// The policies that the caller may see: the site all, a vendor its own.
    private func visible() async throws(RPCError) -> [InstalledPolicy] {
        let identity = try Caller.required().identity
        let policies = await platform.policies()
        guard case .vendor(let vendor) = identity else { return policies }
        return policies.filter { $0.policy.vendor == vendor.name }
    }

    /// A vendor changes policies of its own name only, that do no more than it is entitled to. The site may do anything.
    private static func requireRights(to policy: Policy) throws(RPCError) {
        let identity = try Caller.required().identity
        guard case .vendor(let vendor) = identity else { return }
        guard policy.vendor == vendor.name else {
            throw RPCError(
                .permissionDenied, .notEntitled,
                "policy '\(policy.name)' is of vendor '\(policy.vendor)', and '\(vendor.name)' may only change its own;"
                    + " write vendor: \(vendor.name)")
        }
        var missing: Set<String> = []
        for rule in policy.rules {
            // An allow rule takes nothing from anybody: across policies a deny of the site's or another vendor's stands.
            let needed: Set<Operation>
            switch rule.action {
            case .allow: needed = []
            case .deny: needed = Set(rule.operations).subtracting(vendor.entitlements.deny)
            case .ask: needed = Set(rule.operations).subtracting(vendor.entitlements.ask)
            }
            for operation in needed { missing.insert("\(rule.action.rawValue):\(operation.rawValue)") }
        }
        guard missing.isEmpty else { throw .notEntitled(identity, missing.sorted()) }
    }
}
