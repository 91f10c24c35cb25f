// SPDX-License-Identifier: Apache-2.0

import APIValues
public import EndpointModel
import FoundationEssentials
import GRPCCore
import SallyportAPI
import SwiftProtobuf

/// What a vendor keeps others from changing: its own processes, files and directories.
///
/// Declared as a draft: no platform has it yet, and every call throws `notAvailable`. ``isAvailable()`` asks first.
public struct Protection: Sendable {
    /// What a protection is of.
    public enum Object: Hashable, Sendable {
        case process(ProcessIdentity)
        /// A regular file, by its path: the one that lies there now.
        case file([UInt8])
        /// A directory and everything below it, by its path.
        case directory([UInt8])
    }

    let client: SallyportClient

    /// Whether the platform has it, by its greeting.
    public func isAvailable() async throws(SallyportError) -> Bool { try await client.has("Protection") }

    /// Protects all of the objects or none. When it returns, the kernel decides by it.
    ///
    /// - Returns: the numbers of the protections, in the objects' order.
    /// - Throws: `notAvailable` as long as the platform hasn't got it.
    public func protect(_ objects: [Object]) async throws(SallyportError) -> [UInt64] {
        try await client.calling {
            let request = Sallyport_V1_ProtectRequest.with {
                $0.objects = objects.map(Sallyport_V1_ProtectedObject.init)
            }
            return try await service.protect(request, options: client.callOptions).protections.map(\.id)
        }
    }

    /// Lifts all of these protections of the calling vendor's or none. - Throws: likewise.
    public func unprotect(_ numbers: [UInt64]) async throws(SallyportError) {
        try await client.calling {
            _ = try await service.unprotect(.with { $0.ids = numbers }, options: client.callOptions)
        }
    }

    private var service: Sallyport_V1_Protection.Client<SallyportClient.Transport> {
        Sallyport_V1_Protection.Client(wrapping: client.client)
    }
}

extension SallyportClient {
    /// What a vendor keeps others from changing.
    public var protection: Protection { Protection(client: self) }

    /// Whether the platform names a service in its greeting.
    func has(_ service: String) async throws(SallyportError) -> Bool {
        try await greet().services.contains(service)
    }
}

extension Sallyport_V1_ProtectedObject {
    fileprivate init(_ object: Protection.Object) {
        self.init()
        switch object {
        case .process(let identity): process = Sallyport_V1_ProcessIdentity(identity)
        case .file(let path): file = Data(path)
        case .directory(let path): directory = Data(path)
        }
    }
}
