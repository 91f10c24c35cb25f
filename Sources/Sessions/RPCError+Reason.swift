// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import GRPCCore

extension RPCError {
    /// The bytes of a message that are sent: more wouldn't fit the headers that carry it.
    private static let messageLimit = 4096

    /// A refusal: status, stable word, and a sentence that says what to do.
    init(_ code: Code, _ reason: PlatformError.Code, _ message: String) {
        self.init(
            code: code, message: String(decoding: message.utf8.prefix(Self.messageLimit), as: UTF8.self),
            metadata: [Refusal.reasonKey: .string(reason.rawValue)])
    }

    init(_ error: PlatformError) {
        let code: Code =
            switch error.code {
            case .policyInvalid, .filterInvalid, .protectionInvalid: .invalidArgument
            case .policyLimit, .subscriberLimit, .subscriberFull, .inspectionQuota: .resourceExhausted
            case let code where code.isQuota: .resourceExhausted
            case .notAvailable: .unimplemented
            case .policyNotFound, .processNotFound, .protectionNotFound, .areaNotFound: .notFound
            case .stopping: .unavailable
            case .installFailed, .storageFailed: .internalError
            default: .failedPrecondition
            }
        self.init(code, error.code, error.message)
    }

    /// Whoever asks, and whatever for: there is nothing that an entitlement would be looked at for.
    static func notAvailable(_ service: String) -> RPCError {
        RPCError(
            .unimplemented, .notAvailable,
            "the service \(service) isn't available in this version of the platform yet: do without it, and ask again"
                + " when the platform was updated")
    }

    init(_ error: ValueError) {
        self.init(.invalidArgument, .requestInvalid, "the request can't be read: \(error)")
    }
}

extension PlatformError.Code {
    /// The peer isn't root.
    static let rootOnly = PlatformError.Code(rawValue: "root-only")
    /// The call is for the machine's operator.
    static let siteOnly = PlatformError.Code(rawValue: "site-only")
    /// The caller's entitlements don't cover what it asks for.
    static let notEntitled = PlatformError.Code(rawValue: "not-entitled")
    /// The connection's TLS is older than 1.3.
    static let tlsVersion = PlatformError.Code(rawValue: "tls-version")
    /// The connection has no peer that the kernel vouches for.
    static let peerUnknown = PlatformError.Code(rawValue: "peer-unknown")
    /// A field of the request is missing or unknown.
    static let requestInvalid = PlatformError.Code(rawValue: "request-invalid")
    /// A limit of `APILimits`; the message names it.
    static let requestLimit = PlatformError.Code(rawValue: "request-limit")
}

/// Runs `body` and turns what it throws into the error that travels.
func answering<Answer>(_ body: () async throws -> Answer) async throws(RPCError) -> Answer {
    do {
        return try await body()
    } catch let error as PlatformError {
        throw RPCError(error)
    } catch let error as ValueError {
        throw RPCError(error)
    } catch let error as RPCError {
        throw error
    } catch {
        throw RPCError(code: .unknown, message: "the call ended: \(error)", cause: error)
    }
}
