// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

extension FieldCondition {
    /// What is listed, as it is written in a policy.
    package var words: [String] {
        switch self {
        case .path(let list), .exe(let list), .cgroup(let list), .ancestor(let list), .interpreter(let list):
            list.patterns.map(\.text) + (list.unresolvable ? ["unresolvable"] : [])
        case .digest(let digests), .verity(let digests): digests.map(\.text)
        case .filesystem(let names), .vendor(let names): names
        case .flags(let flags): flags.map(\.rawValue)
        case .user(let accounts), .group(let accounts): accounts.map(\.text)
        case .capability(let capabilities): capabilities.map(\.text)
        case .container(let containers): containers.map(\.text)
        }
    }
}
