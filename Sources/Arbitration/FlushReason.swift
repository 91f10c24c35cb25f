// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// Why cached verdicts were dropped. Each is counted.
public enum FlushReason: String, Hashable, Sendable, CaseIterable {
    case fileWritten = "file-written"
    /// The name leads to another file, or the file is gone.
    case fileReplaced = "file-replaced"
    case policyChanged = "policy-changed"
    /// The vendor's registration or entitlements.
    case vendorChanged = "vendor-changed"
    /// Another authoriser of the vendor: nobody knows whether it would have said the same.
    case vendorJoined = "vendor-joined"
    case vendorLeft = "vendor-left"
    /// The vendor or the site asked for it.
    case requested
    case entryExpired = "entry-expired"
    /// A later answer for the same content.
    case answeredAgain = "answered-again"
    /// The least recently used made room.
    case full
    case platformStopping = "platform-stopping"
}

/// Which cached verdicts are dropped.
public enum FlushScope: Hashable, Sendable {
    /// On the file of this device and inode, whatever its generation.
    case file(FileIdentity)
    case vendor(String)
    case everything
}
