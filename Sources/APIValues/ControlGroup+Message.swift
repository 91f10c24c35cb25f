// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import FoundationEssentials
package import SallyportAPI

extension Sallyport_V1_ControlGroup {
    package init(_ group: ControlGroup) {
        self.init()
        id = group.id
        path = Data(group.path.utf8)
    }
}

extension ControlGroup {
    package init(_ message: Sallyport_V1_ControlGroup) {
        self.init()
        id = message.id
        path = String(decoding: message.path, as: UTF8.self)
    }
}
