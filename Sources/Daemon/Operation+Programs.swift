// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import KernelPrograms

extension EndpointModel.Operation {
    /// The deciding programs whose hooks see the operation.
    var programs: [KernelProgram] {
        switch self {
        case .processExec: [.processExec]
        case .processCreate, .threadCreate: [.processCreate]
        case .processExit: []
        case .processOpen, .threadOpen: [.processOpen, .processTraceme]
        case .processSignal: [.processSignal]
        case .processControl:
            [.controlNice, .controlIOPriority, .controlScheduler, .controlLimits, .controlPages, .controlCgroup]
        case .processCredentials:
            [.credentialsUser, .credentialsGroup, .credentialsGroups, .credentialsCapabilities, .credentialsExec]
        case .imageLoad: [.imageLoad, .imageProtect]
        case .memoryMapExecutable: [.imageLoad]
        case .memoryMakeExecutable: [.imageProtect]
        case .imageLoadModule, .imageLoadKernel, .imageLoadFirmware: [.imageRead, .imageLoadData]
        case .imageLoadBPF: [.imageLoadBPF]
        case .fileOpen: [.fileOpen]
        case .fileCreate: [.fileCreate, .fileCreateDirectory, .fileCreateLink]
        case .fileUnlink: [.fileUnlink, .fileUnlinkDirectory]
        case .fileRename: [.fileRename]
        case .fileLink: [.fileLink]
        case .fileSetAttributes:
            [.fileMode, .fileOwner, .fileTimes, .fileSetAttribute, .fileRemoveAttribute, .fileSetACL, .fileRemoveACL]
        case .fileTruncate: [.fileTruncate, .fileTruncateOpen]
        case .fileMount: [.fileMount, .fileUnmount, .fileRemount, .fileMoveMount, .filePivotRoot]
        case .kernelAccess: [.kernelAccess, .fileOpen]
        }
    }

    /// Whether the operation is reported when it is allowed without a program that decides: by tracepoints.
    var isReportedByTracepoint: Bool { self == .processExec || self == .processCreate || self == .processExit }
}
