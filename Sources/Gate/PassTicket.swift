// SPDX-License-Identifier: Apache-2.0

import LinuxSystem

/// What has to be still so when a file is to pass unasked: found out before anybody judged its content.
public struct PassTicket: Sendable, Hashable {
    /// Counts the flushes: what was asked before one isn't remembered after it.
    var epoch: UInt64
    /// How often the file had been opened for writing; `nil` where nobody watches that.
    public internal(set) var writes: UInt64?
    /// Whether somebody watches and can't tell of this file.
    public internal(set) var isUnknown: Bool
    /// What a truncation changes; `nil` where another one might not, so soon after the last change.
    var version: FileVersion?
    /// What it would pass for.
    var kinds: FanotifyGroup.Kinds
    /// It is an open that was held as that of an image: it can't pass where opens as such are asked about.
    var isImage: Bool

    /// How often a file may be opened for writing while it is watched and still pass: each time, all passes end.
    static let maximumWrites: UInt64 = 8

    /// Whether a change of the content by any way ends the pass.
    public var isWatched: Bool { version != nil && writes.map { $0 <= Self.maximumWrites } ?? false }
}
