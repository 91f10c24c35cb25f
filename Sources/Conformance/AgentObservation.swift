// SPDX-License-Identifier: Apache-2.0

import SallyportAPI
import Synchronization

/// What an agent asked for, as far as the platform's interface doesn't tell.
final class AgentObservation: Sendable {
    private struct State {
        var greeted = false
        var watchesEverything = false
    }

    private let state = Mutex(State())

    var greeted: Bool { state.withLock { $0.greeted } }
    /// Whether it asked for all operations without naming any: only then it is sent those of a later version.
    var watchesEverything: Bool { state.withLock { $0.watchesEverything } }

    func note(_ request: some Sendable) {
        state.withLock { state in
            switch request {
            case is Sallyport_V1_GreetRequest: state.greeted = true
            case let request as Sallyport_V1_WatchRequest where request.operations.isEmpty:
                state.watchesEverything = true
            default: break
            }
        }
    }
}
