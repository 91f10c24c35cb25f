// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

extension Operation {
    /// The kernel's number of the operation (`enum sp_operation`): stable, new ones are appended.
    public var kernelNumber: UInt32 {
        switch self {
        case .processExec: 1
        case .processCreate: 2
        case .processExit: 3
        case .imageLoad: 4
        }
    }

    /// Slots in every table by operation (`SP_OPERATIONS`).
    public static let kernelNumbers = 16
}
