// SPDX-License-Identifier: Apache-2.0

import GRPCCore
import SallyportAPI
import SwiftProtobuf

/// What the integrity monitor found: differences of the running kernel from what it should be.
///
/// Declared as a draft: no platform has it yet, and every call throws `notAvailable`. ``isAvailable()`` asks first.
public struct Integrity: Sendable {
    /// A difference.
    public struct Finding: Hashable, Sendable {
        /// Grows with every finding of one boot.
        public var number: UInt64
        /// The check that made it, such as `kernel-text`.
        public var check: String
        /// One sentence for people.
        public var summary: String
    }

    let client: SallyportClient

    /// Whether the platform has it, by its greeting.
    public func isAvailable() async throws(SallyportError) -> Bool { try await client.has("Integrity") }

    /// The findings that are kept, by number. - Throws: `notAvailable` as long as the platform hasn't got it.
    public func findings() async throws(SallyportError) -> [Finding] {
        try await client.calling {
            try await Sallyport_V1_Integrity.Client(wrapping: client.client)
                .list(Sallyport_V1_ListFindingsRequest(), options: client.callOptions) { response in
                    var findings: [Finding] = []
                    for try await batch in response.messages {
                        findings += batch.findings.map { Finding(number: $0.id, check: $0.check, summary: $0.summary) }
                    }
                    return findings
                }
        }
    }
}

extension SallyportClient {
    /// What the integrity monitor found.
    public var integrity: Integrity { Integrity(client: self) }
}
