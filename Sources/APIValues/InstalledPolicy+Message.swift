// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_InstalledPolicy {
    package init(_ installed: InstalledPolicy) {
        self.init()
        policy = Sallyport_V1_Policy(installed.policy)
        installedAt = installed.installedAt
    }
}

extension InstalledPolicy {
    package init(_ message: Sallyport_V1_InstalledPolicy) throws(ValueError) {
        self.init(policy: try Policy(message.policy), installedAt: message.installedAt)
    }
}
