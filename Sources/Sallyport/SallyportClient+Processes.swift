// SPDX-License-Identifier: Apache-2.0

import APIValues
public import EndpointModel
import SallyportAPI
import SwiftProtobuf

extension SallyportClient {
    /// A living process, with those that it descends from, nearest first.
    ///
    /// - Parameter identity: Which; a start time of 0 means whichever has the pid now.
    /// - Throws: `refused` with the reason `process-not-found` when there is none.
    public func process(
        _ identity: ProcessIdentity
    ) async throws(SallyportError) -> (process: Process, ancestors: [Process]) {
        try await calling {
            let response = try await Sallyport_V1_Processes.Client(wrapping: client)
                .get(.with { $0.process = Sallyport_V1_ProcessIdentity(identity) }, options: callOptions)
            return (
                try Process(response.process),
                try response.ancestors.map { message throws(ValueError) in
                    try Process(message)
                }
            )
        }
    }
}
