// SPDX-License-Identifier: Apache-2.0

/// What is being attempted, `class.verb`. Names are stable: policies, the API and the event records use them.
public enum Operation: String, CaseIterable, Codable, Sendable, Hashable {
    case processExec = "process.exec"
    case processCreate = "process.create"
    case processExit = "process.exit"
    case processOpen = "process.open"
    case processSignal = "process.signal"
    case processControl = "process.control"
    case processCredentials = "process.credentials"
    case threadCreate = "thread.create"
    case threadOpen = "thread.open"
    case memoryMapExecutable = "memory.map_executable"
    case memoryMakeExecutable = "memory.make_executable"
    case imageLoad = "image.load"
    case imageLoadModule = "image.load_module"
    case imageLoadBPF = "image.load_bpf"
    case imageLoadKernel = "image.load_kernel"
    case imageLoadFirmware = "image.load_firmware"
    case fileOpen = "file.open"
    case fileCreate = "file.create"
    case fileUnlink = "file.unlink"
    case fileRename = "file.rename"
    case fileLink = "file.link"
    case fileSetAttributes = "file.set_attributes"
    case fileTruncate = "file.truncate"
    case fileMount = "file.mount"
    case kernelAccess = "kernel.access"

    /// The class an operation belongs to: the four that the vendor API promises, and what they stand on.
    public enum Class: String, CaseIterable, Codable, Sendable, Hashable {
        case process, thread, memory, image, file, kernel
    }

    public var `class`: Class { Class(rawValue: String(rawValue.prefix { $0 != "." }))! }
}
