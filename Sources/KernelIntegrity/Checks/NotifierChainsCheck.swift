// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// `notifier-chains`: each function that is called when something happens (a device comes, the machine stops, a key is pressed,
/// a fault is handled) is the kernel's or a listed module's.
///
/// Limits: chains that lie in modules (USB's) or in objects of their own aren't looked at; a module on the list may have any
/// notifier. Fixture: `notifier`.
public struct NotifierChainsCheck: IntegrityCheck {
    public let name = "notifier-chains"
    public let covers = "The functions of a listed set of notifier chains: the kernel's own, or a listed module's."
    public let pace = CheckPace.fast

    public init() {}

    /// How a chain is locked, which says where its first block is.
    private enum Kind: String, CaseIterable {
        case atomic = "atomic_notifier_head"
        case blocking = "blocking_notifier_head"
        case raw = "raw_notifier_head"
    }

    private static let chains: [Kind: [String]] = [
        .raw: ["netdev_chain", "pvclock_gtod_chain"],
        .atomic: [
            "die_chain", "panic_notifier_list", "keyboard_notifier_list", "vt_notifier_list", "restart_handler_list",
            "power_off_handler_list", "netevent_notif_chain", "inet6addr_chain", "fips_fail_notif_chain",
            "switchdev_notif_chain",
        ],
        .blocking: [
            "reboot_notifier_list", "restart_prep_handler_list", "power_off_prep_handler_list", "module_notify_list",
            "tracepoint_notify_list", "inetaddr_chain", "inetaddr_validator_chain", "inet6addr_validator_chain",
            "netlink_chain", "pm_chain_head", "oom_notify_list", "memory_chain", "vmap_notify_list", "crypto_chain",
            "acpi_chain_head", "blocking_lsm_notifier_chain", "x86_mce_decoder_chain", "fb_notifier_list",
        ],
    ]

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        guard let next = kernel.offset(of: "notifier_block.next"),
            let function = kernel.offset(of: "notifier_block.notifier_call")
        else {
            result.gaps.append("this kernel doesn't tell what a notifier looks like")
            return result
        }
        var chains = 0
        var blocks = 0
        for kind in Kind.allCases {
            guard let first = kernel.offset(of: "\(kind.rawValue).head") else { continue }
            for chain in Self.chains[kind]! {
                guard let address = kernel.address(of: chain) else { continue }
                guard let head = try kernel.memory.word(address &+ UInt64(first)) else {
                    result.gaps.append("the chain \(chain) can't be read")
                    continue
                }
                chains += 1
                let list = KernelList(link: 0, follow: next, fields: [(function, 8)], limit: 1000)
                let walked = try kernel.memory.walk(list, from: head)
                if !walked.isComplete { result.gaps.append("the chain \(chain) couldn't be followed to its end") }
                for block in walked.elements {
                    blocks += 1
                    try judge(block.number(0), of: chain, kernel, &result)
                }
            }
        }
        result.extent = "\(blocks) functions of \(chains) chains"
        return result
    }

    private func judge(
        _ function: UInt64, of chain: String, _ kernel: KernelView, _ result: inout CheckResult
    ) throws(KernelMemoryError) {
        switch try kernel.owner(of: function) {
        case .kernel, .module: return
        default: break
        }
        let place = kernel.place(function)
        result.observations.append(
            Observation(
                .violation, subject: chain, summary: "the notifier chain \(chain) calls \(kernel.name(function))",
                advice: Observation.distrust,
                differences: [
                    Finding.Difference(
                        symbol: place.symbol, offset: place.offset, expected: [], found: KernelView.bytes(function))
                ]))
    }
}
