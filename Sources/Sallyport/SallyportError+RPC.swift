// SPDX-License-Identifier: Apache-2.0

import APIValues
import GRPCCore

extension SallyportError {
    /// What an error of the transport, the service or the conversion means to the caller.
    init(_ error: any Error, socketPath: String) {
        switch error {
        case let error as SallyportError: self = error
        case let error as RPCError: self.init(error, socketPath: socketPath)
        case let error as ValueError:
            self.init(.incompatible, "the platform's answer can't be read: \(error); update Sallyport's client")
        case is CancellationError: self.init(.cancelled, "the call was cancelled")
        case is RuntimeError:
            self.init(.unreachable, "this client's connection is closed; create another client")
        default: self.init(.internalError, "the call failed: \(error)")
        }
    }

    private init(_ error: RPCError, socketPath: String) {
        let reason = error.metadata[stringValues: Refusal.reasonKey].first { _ in true }
        switch error.code {
        case .permissionDenied, .unauthenticated:
            self.init(.permissionDenied, reason: reason, error.message)
        case .unavailable where reason != nil: self.init(.unreachable, reason: reason, error.message)
        case .unavailable: self = Reachability.explain(socketPath)
        case .deadlineExceeded:
            self.init(.unreachable, "the platform at \(socketPath) didn't answer in time; look at its log")
        case .cancelled: self.init(.cancelled, "the call was cancelled")
        case .unimplemented where reason == "not-available": self.init(.notAvailable, reason: reason, error.message)
        case .unimplemented:
            self.init(.incompatible, "the platform doesn't know this call: it is older than this client; update it")
        default:
            if let reason {
                self.init(.refused, reason: reason, error.message)
            } else {
                self.init(.internalError, "the call failed: \(error.message)")
            }
        }
    }
}
