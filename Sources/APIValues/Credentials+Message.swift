// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_Credentials {
    package init(_ credentials: Credentials) {
        self.init()
        uid = credentials.uid
        gid = credentials.gid
        effectiveUid = credentials.effectiveUID
        effectiveGid = credentials.effectiveGID
        effectiveCapabilities = credentials.effectiveCapabilities
        loginUid = credentials.loginUID
    }
}

extension Credentials {
    package init(_ message: Sallyport_V1_Credentials) {
        self.init()
        uid = message.uid
        gid = message.gid
        effectiveUID = message.effectiveUid
        effectiveGID = message.effectiveGid
        effectiveCapabilities = message.effectiveCapabilities
        loginUID = message.loginUid
    }
}
