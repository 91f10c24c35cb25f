// SPDX-License-Identifier: Apache-2.0

/// Why no baseline can be had from a kernel image, and what to do about it.
public enum KernelImageError: Error, Hashable, Sendable {
    /// The file is neither a bzImage nor an ELF kernel.
    case notAKernel
    /// The image is for another architecture than x86-64: its name, or ELF's `e_machine`.
    case architecture(String)
    /// The file ends before what its header promises.
    case truncated(String)
    /// The kernel is packed in a format that isn't read here.
    case compression(String)
    /// The packed kernel can't be unpacked, or isn't as long as the image says.
    case corrupt(String)
    /// Unpacked, the kernel would be larger than the limit; both in bytes.
    case tooLarge(UInt64, limit: UInt64)
    /// A structure in the kernel contradicts itself.
    case malformed(String)
    /// The kernel has no such section or symbol, or no relocations.
    case lacking(String)
}

extension KernelImageError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notAKernel:
            "neither a bzImage nor an ELF kernel: name the image that was booted, /boot/vmlinuz-RELEASE for instance"
        case .architecture(let name):
            "the image is for \(name); kernel text is only compared on x86-64"
        case .truncated(let what):
            "the image ends before \(what): reinstall the kernel's package"
        case .compression(let format):
            "the kernel is packed as \(format), which isn't read: unpack it (scripts/extract-vmlinux of the kernel's"
                + " sources) and name the unpacked file"
        case .corrupt(let why):
            "the packed kernel can't be unpacked (\(why)): reinstall the kernel's package"
        case .tooLarge(let size, let limit):
            "the kernel would be \(size) bytes unpacked, more than the limit of \(limit): is this a kernel?"
        case .malformed(let why):
            "the kernel can't be understood: \(why); compare with another build of it, or report its version"
        case .lacking(let what):
            "the kernel image has no \(what): name the image that was booted, not a file made from it"
        }
    }
}
