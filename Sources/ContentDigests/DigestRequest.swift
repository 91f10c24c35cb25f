// SPDX-License-Identifier: Apache-2.0

import KernelABI
import LinuxSystem

/// A content that a rule asks about and nobody knows the digest of (`struct sp_digest_request`).
struct DigestRequest: Sendable {
    /// The key that the kernel looks the digest up by.
    var content: sp_content
    var pid: UInt32
    var mountNamespace: UInt32
    /// From the root of that mount namespace; any bytes but zero.
    var path: [UInt8]

    /// `nil` for bytes that aren't a whole one.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let pathOffset = MemoryLayout<sp_digest_request>.offset(of: \.path),
            let lengthOffset = MemoryLayout<sp_digest_request>.offset(of: \.length),
            let pidOffset = MemoryLayout<sp_digest_request>.offset(of: \.pid),
            let namespaceOffset = MemoryLayout<sp_digest_request>.offset(of: \.mount_namespace),
            bytes.count > pathOffset
        else { return nil }
        let length = Int(bytes.loadUnaligned(fromByteOffset: lengthOffset, as: UInt32.self))
        guard length > 0, length <= bytes.count - pathOffset else { return nil }
        content = bytes.loadUnaligned(as: sp_content.self)
        pid = bytes.loadUnaligned(fromByteOffset: pidOffset, as: UInt32.self)
        mountNamespace = bytes.loadUnaligned(fromByteOffset: namespaceOffset, as: UInt32.self)
        path = Array(bytes[pathOffset..<pathOffset + length])
    }

    /// The kernel's device number has 12 and 20 bits, unlike stat(2)'s.
    var version: StableFile.Version {
        StableFile.Version(
            inode: content.inode, deviceMajor: content.device >> 20, deviceMinor: content.device & 0xfffff,
            size: content.size, changeSeconds: Int64(bitPattern: content.change_seconds),
            changeNanoseconds: content.change_nanoseconds)
    }
}
