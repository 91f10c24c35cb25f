// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_Operation {
    package init(_ operation: Operation) {
        self =
            switch operation {
            case .processExec: .processExec
            case .processCreate: .processCreate
            case .processExit: .processExit
            case .processOpen: .processOpen
            case .processSignal: .processSignal
            case .processControl: .processControl
            case .processCredentials: .processCredentials
            case .threadCreate: .threadCreate
            case .threadOpen: .threadOpen
            case .memoryMapExecutable: .memoryMapExecutable
            case .memoryMakeExecutable: .memoryMakeExecutable
            case .imageLoad: .imageLoad
            case .imageLoadModule: .imageLoadModule
            case .imageLoadBPF: .imageLoadBpf
            case .imageLoadKernel: .imageLoadKernel
            case .imageLoadFirmware: .imageLoadFirmware
            case .fileOpen: .fileOpen
            case .fileCreate: .fileCreate
            case .fileUnlink: .fileUnlink
            case .fileRename: .fileRename
            case .fileLink: .fileLink
            case .fileSetAttributes: .fileSetAttributes
            case .fileTruncate: .fileTruncate
            case .fileMount: .fileMount
            case .kernelAccess: .kernelAccess
            }
    }
}

extension Operation {
    package init(_ message: Sallyport_V1_Operation) throws(ValueError) {
        switch message {
        case .processExec: self = .processExec
        case .processCreate: self = .processCreate
        case .processExit: self = .processExit
        case .processOpen: self = .processOpen
        case .processSignal: self = .processSignal
        case .processControl: self = .processControl
        case .processCredentials: self = .processCredentials
        case .threadCreate: self = .threadCreate
        case .threadOpen: self = .threadOpen
        case .memoryMapExecutable: self = .memoryMapExecutable
        case .memoryMakeExecutable: self = .memoryMakeExecutable
        case .imageLoad: self = .imageLoad
        case .imageLoadModule: self = .imageLoadModule
        case .imageLoadBpf: self = .imageLoadBPF
        case .imageLoadKernel: self = .imageLoadKernel
        case .imageLoadFirmware: self = .imageLoadFirmware
        case .fileOpen: self = .fileOpen
        case .fileCreate: self = .fileCreate
        case .fileUnlink: self = .fileUnlink
        case .fileRename: self = .fileRename
        case .fileLink: self = .fileLink
        case .fileSetAttributes: self = .fileSetAttributes
        case .fileTruncate: self = .fileTruncate
        case .fileMount: self = .fileMount
        case .kernelAccess: self = .kernelAccess
        case .unspecified: throw .missing(field: "operation")
        case .UNRECOGNIZED(let value): throw .unknown(field: "operation", value: value)
        }
    }
}
