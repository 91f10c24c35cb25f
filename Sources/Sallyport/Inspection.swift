// SPDX-License-Identifier: Apache-2.0

import GRPCCore
import SallyportAPI
import SwiftProtobuf

/// Reads of named areas of the running kernel: bounded, never writing.
///
/// Declared as a draft: no platform has it yet, and every call throws `notAvailable`. ``isAvailable()`` asks first.
public struct Inspection: Sendable {
    /// An area that can be read.
    public struct Area: Hashable, Sendable {
        /// Such as `kernel.text`.
        public var name: String
        /// Bytes.
        public var size: UInt64
        /// What there is to know about it for people.
        public var summary: String
    }

    let client: SallyportClient

    /// Whether the platform has it, by its greeting.
    public func isAvailable() async throws(SallyportError) -> Bool { try await client.has("Inspection") }

    /// The areas that this kernel lets be read, by name. - Throws: `notAvailable` as long as the platform hasn't got it.
    public func areas() async throws(SallyportError) -> [Area] {
        try await client.calling {
            try await Sallyport_V1_Inspection.Client(wrapping: client.client)
                .listAreas(Sallyport_V1_ListAreasRequest(), options: client.callOptions) { response in
                    var areas: [Area] = []
                    for try await batch in response.messages {
                        areas += batch.areas.map { Area(name: $0.name, size: $0.size, summary: $0.summary) }
                    }
                    return areas
                }
        }
    }
}

extension SallyportClient {
    /// Reads of named areas of the running kernel.
    public var inspection: Inspection { Inspection(client: self) }
}
