// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_PlatformStatus {
    package init(_ status: PlatformStatus) {
        self.init()
        ready = status.ready
        version = status.version
        tier = Sallyport_V1_Tier(status.tier)
        sealed = status.sealed
        kernel = status.kernel
        pid = status.pid
        startedAt = status.startedAt
        generation = status.generation
        policies = UInt32(clamping: status.policies)
        rules = UInt32(clamping: status.rules)
        vendors = UInt32(clamping: status.vendors)
        processes = UInt32(clamping: status.processes)
        events.delivered = status.events.delivered
        events.lost = status.events.lost
        events.denied = status.events.denied
        events.unresolvable = status.events.unresolvable
        policyBundle = status.policyBundle
    }
}

extension PlatformStatus {
    package init(_ message: Sallyport_V1_PlatformStatus) throws(ValueError) {
        self.init(
            ready: message.ready, version: message.version, tier: try Tier(message.tier), sealed: message.sealed,
            kernel: message.kernel, pid: message.pid, startedAt: message.startedAt, generation: message.generation,
            policies: Int(message.policies), rules: Int(message.rules), vendors: Int(message.vendors),
            processes: Int(message.processes),
            events: EventCounts(
                delivered: message.events.delivered, lost: message.events.lost, denied: message.events.denied,
                unresolvable: message.events.unresolvable),
            policyBundle: message.policyBundle)
    }
}
