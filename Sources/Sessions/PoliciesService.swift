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
            let receipt = try await platform.apply(policies)
            log("policies applied", policies.map(\.name).joined(separator: " "), receipt)
            return .with { $0.receipt = Sallyport_V1_PolicyReceipt(receipt) }
        }
    }

    func remove(
        request: Sallyport_V1_RemoveRequest, context: ServerContext
    ) async throws -> Sallyport_V1_RemoveResponse {
        try await answering {
            guard !request.name.isEmpty else { throw ValueError.missing(field: "name") }
            let receipt = try await platform.remove(policy: request.name)
            log("policy removed", request.name, receipt)
            return .with { $0.receipt = Sallyport_V1_PolicyReceipt(receipt) }
        }
    }

    func list(
        request: Sallyport_V1_ListPoliciesRequest, response: RPCWriter<Sallyport_V1_ListPoliciesResponse>,
        context: ServerContext
    ) async throws {
        for batch in Batches(await platform.policies(), limits: limits, size: \.approximateSize) {
            try await response.write(.with { $0.policies = batch.map(Sallyport_V1_InstalledPolicy.init) })
        }
    }

    func get(request: Sallyport_V1_GetRequest, context: ServerContext) async throws -> Sallyport_V1_GetResponse {
        try await answering {
            guard let installed = await platform.policies().first(where: { $0.policy.name == request.name }) else {
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
                "peer-pid": "\(Peer.current?.pid ?? 0)", "peer-uid": "\(Peer.current.map { String($0.uid) } ?? "")",
            ])
    }
}
