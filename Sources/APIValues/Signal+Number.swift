// SPDX-License-Identifier: Apache-2.0

import EndpointModel

extension Signal {
    /// - Throws: `invalid` for a number that no signal has.
    init(_ number: UInt32, field: String) throws(ValueError) {
        guard let signal = Signal(number: Int(number)) else {
            throw .invalid(field: field, reason: "is \(number); signals are numbered up to \(Signal.maximum)")
        }
        self = signal
    }
}
