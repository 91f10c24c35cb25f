// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Sessions
import Synchronization

/// Requests at the services themselves, over a socket as clients send them: the first byte chooses the method, the second
/// where the bytes are cut into two messages (0 is nowhere).
struct RequestTarget: FuzzTarget {
    let name = "requests"

    private static let server = RequestServer()

    private static let methods: [(service: String, method: String)] = [
        ("Platform", "Greet"), ("Platform", "GetStatus"), ("Events", "Watch"), ("Events", "Sync"),
        ("Events", "HandOver"),
        ("Authorizer", "Authorize"), ("Authorizer", "Flush"), ("Policies", "Apply"), ("Policies", "Remove"),
        ("Policies", "List"), ("Policies", "Get"), ("Processes", "List"), ("Processes", "Get"), ("Vendors", "Enroll"),
        ("Vendors", "Get"), ("Vendors", "Renew"), ("Vendors", "Revoke"),
    ]

    func samples() throws -> [[UInt8]] {
        // The messages' own corpus is that of `messages`; here each goes to the method that takes it.
        let messages = try MessageTarget().samples().map { Array($0.dropFirst()) }
        let answer = messages[1]
        let authorization = try RequestServer.authorization()
        return [
            [2, 0] + messages[0], [5, UInt8(authorization.count)] + authorization + answer, [7, 0] + messages[3],
            [12, 0] + messages[4], [0, 0], [8, 0, 10, 1, 0x61], [15, 0, 10, 1, 0x61, 18, 1, 0x62],
        ]
    }

    func decode(_ bytes: [UInt8]) async {
        guard bytes.count >= 2 else { return }
        let method = Self.methods[Int(bytes[0]) % Self.methods.count]
        let rest = bytes.dropFirst(2)
        let messages =
            bytes[1] == 0 ? [Array(rest)] : [Array(rest.prefix(Int(bytes[1]))), Array(rest.dropFirst(Int(bytes[1])))]
        await Self.server.call(method.service, method.method, messages)
    }
}
