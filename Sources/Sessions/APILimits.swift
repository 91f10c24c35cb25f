// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// The bounds of the API. Each has a name, and whoever hits it is told that name.
public struct APILimits: Sendable, Hashable {
    /// `policy-size`: bytes of policies in one `Apply`: room for lists of nearly two million digests. The transport takes
    /// a quarter more, so that it is the service that refuses, and breaks off the call of a request above that without an
    /// answer.
    public var policySize = 64 << 20
    /// `message-size`: bytes of any other request. The transport breaks off the call of one above that without an answer.
    public var messageSize = 16 << 20
    /// `requests-size`: bytes of requests, of all connections to a socket together, that have begun and aren't complete. Of
    /// the agents' socket one vendor may have half of it, and peers that aren't admitted yet a quarter, all of them together.
    /// The transport breaks off the call that exceeds it without an answer.
    public var requestsSize = 256 << 20
    /// `policies-per-request`: policies that one `Apply` may carry.
    public var policiesPerRequest = 256
    /// `batch-elements`: events, processes or policies in one message of a stream.
    public var batchElements = 256
    /// `batch-size`: about how many bytes one message of a stream may have; a single larger element goes alone.
    public var batchSize = 1 << 20
    /// `connections`: connections at one time; further ones are closed at once.
    public var connections = 256
    /// `admission-time`: how long an agent may take from connecting to its first call.
    public var admissionTime = Duration.seconds(5)
    /// `streams-per-connection`: calls in flight on one connection; further ones wait in the client.
    public var streamsPerConnection = 128

    public init() {}

    /// The limits that concern clients, by name.
    var named: [NamedLimit] {
        [
            NamedLimit("policy-size", policySize, "bytes"), NamedLimit("message-size", messageSize, "bytes"),
            NamedLimit("requests-size", requestsSize, "bytes"),
            NamedLimit("policies-per-request", policiesPerRequest, "policies"),
            NamedLimit("batch-elements", batchElements, "elements"), NamedLimit("batch-size", batchSize, "bytes"),
            NamedLimit("connections", connections, "connections"),
            NamedLimit("streams-per-connection", streamsPerConnection, "calls"),
        ]
    }

    /// Bytes of an `Apply` that the transport takes.
    var largestPolicyRequest: Int { policySize + policySize / 4 }
}
