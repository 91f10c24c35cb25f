// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_Namespaces {
    package init(_ namespaces: Namespaces) {
        self.init()
        mount = namespaces.mount
        pid = namespaces.pid
        network = namespaces.network
        user = namespaces.user
        uts = namespaces.uts
        ipc = namespaces.ipc
        cgroup = namespaces.cgroup
    }
}

extension Namespaces {
    package init(_ message: Sallyport_V1_Namespaces) {
        self.init()
        mount = message.mount
        pid = message.pid
        network = message.network
        user = message.user
        uts = message.uts
        ipc = message.ipc
        cgroup = message.cgroup
    }
}
