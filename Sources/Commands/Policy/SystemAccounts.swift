// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import Glibc

/// What this machine's user database says about the names that policies use.
package enum SystemAccounts {
    /// The users and groups that `policies` name, as far as they are known here. `root` is 0 everywhere.
    package static func directory(for policies: [Policy]) -> AccountDirectory {
        var directory = AccountDirectory()
        for policy in policies {
            let conditions = (policy.scope.map { $0.all + $0.not } ?? []) + policy.rules.flatMap(\.fieldConditions)
            for condition in conditions {
                switch condition {
                case .user(let accounts):
                    for case .name(let name) in accounts where directory.users[name] == nil {
                        directory.users[name] = user(name)
                    }
                case .group(let accounts):
                    for case .name(let name) in accounts where directory.groups[name] == nil {
                        directory.groups[name] = group(name)
                    }
                default: break
                }
            }
        }
        return directory
    }

    /// By number or name; `nil` where this machine doesn't know it.
    package static func user(_ text: String) -> UInt32? {
        switch Account(text) {
        case .id(let id): id
        case .name(let name): getpwnam(name)?.pointee.pw_uid
        case nil: nil
        }
    }

    /// By number or name; `nil` where this machine doesn't know it.
    package static func group(_ text: String) -> UInt32? {
        switch Account(text) {
        case .id(let id): id
        case .name(let name): getgrnam(name)?.pointee.gr_gid
        case nil: nil
        }
    }
}
