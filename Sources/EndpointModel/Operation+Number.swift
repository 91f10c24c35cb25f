// SPDX-License-Identifier: Apache-2.0

extension Operation {
    /// The kernel's number of the operation (`enum sp_operation`): stable, new ones are appended.
    public var kernelNumber: UInt32 {
        switch self {
        case .processExec: 1
        case .processCreate: 2
        case .processExit: 3
        case .imageLoad: 4
        case .processOpen: 5
        case .threadOpen: 6
        case .processSignal: 7
        case .processControl: 8
        case .processCredentials: 9
        case .threadCreate: 10
        case .memoryMapExecutable: 11
        case .memoryMakeExecutable: 12
        case .imageLoadModule: 13
        case .imageLoadBPF: 14
        case .imageLoadKernel: 15
        case .imageLoadFirmware: 16
        case .fileOpen: 17
        case .fileCreate: 18
        case .fileUnlink: 19
        case .fileRename: 20
        case .fileLink: 21
        case .fileSetAttributes: 22
        case .fileTruncate: 23
        case .fileMount: 24
        case .kernelAccess: 25
        }
    }

    /// Slots in every table by operation (`SP_OPERATIONS`).
    public static let kernelNumbers = 32

    /// The operation of that number, if there is one.
    public init?(kernelNumber: UInt32) {
        guard let known = Self.allCases.first(where: { $0.kernelNumber == kernelNumber }) else { return nil }
        self = known
    }

    /// The operations that rules on this one decide: a thread is opened as its process is.
    public var decidedOperations: [Operation] { self == .processOpen ? [.processOpen, .threadOpen] : [self] }
}
