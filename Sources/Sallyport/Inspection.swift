// SPDX-License-Identifier: Apache-2.0

import APIValues
public import EndpointModel
import GRPCCore
import SallyportAPI
import SwiftProtobuf

/// Reads of named areas of the running kernel: bounded, never writing, each logged by the platform.
///
/// Needs the entitlement `inspect-kernel`. Declared as a draft: it may still change. A platform that doesn't watch the kernel
/// throws `notAvailable`; ``isAvailable()`` asks first.
public struct Inspection: Sendable {
    let client: SallyportClient

    /// Whether the platform has it, by its greeting.
    public func isAvailable() async throws(SallyportError) -> Bool { try await client.has("Inspection") }

    /// The areas that this kernel lets be read, by name.
    public func areas() async throws(SallyportError) -> [InspectionArea] {
        try await client.calling {
            try await service.listAreas(.init(), options: client.callOptions) { response in
                var areas: [InspectionArea] = []
                for try await batch in response.messages {
                    areas += try batch.areas.map { message throws(ValueError) in try InspectionArea(message) }
                }
                return areas
            }
        }
    }

    /// A part of an area, in order; what can't be read is a piece that says so.
    ///
    /// - Parameters:
    ///   - area: its name, as ``areas()`` gives it.
    ///   - offset: from the area's beginning, in bytes; of a table, the entry's number.
    ///   - length: in the same; 0 is up to the area's end.
    /// - Throws: `refused` with the reason `area-not-found`, or `inspection-bytes-per-minute` beyond the quota.
    public func read(
        _ area: String, from offset: UInt64 = 0, length: UInt64 = 0
    ) async throws(SallyportError)
        -> [InspectedPiece]
    {
        try await client.calling {
            let request = Sallyport_V1_ReadAreaRequest.with {
                $0.area = area
                $0.offset = offset
                $0.length = length
            }
            return try await service.read(request, options: client.callOptions) { response in
                var pieces: [InspectedPiece] = []
                for try await message in response.messages { pieces.append(try InspectedPiece(message)) }
                return pieces
            }
        }
    }

    private var service: Sallyport_V1_Inspection.Client<SallyportClient.Transport> {
        Sallyport_V1_Inspection.Client(wrapping: client.client)
    }
}

extension SallyportClient {
    /// Reads of named areas of the running kernel.
    public var inspection: Inspection { Inspection(client: self) }
}
