// SPDX-License-Identifier: Apache-2.0

/// Who sees files being opened for writing, and keeps what an earlier verdict lets pass from passing for another content.
///
/// fanotify's ignore mark alone isn't enough: it goes at a write(2), and not at a change through a mapping.
public protocol WriteWatch: Sendable {
    /// Watches the file of a descriptor from now on; how often it was opened for writing since it is watched. `nil` where
    /// that can't be known.
    func writes(of descriptor: Int32) -> UInt64?

    /// From now on the file passes in this epoch for as long as it has been opened for writing so many times.
    ///
    /// - Returns: false when that can't be kept up, or it passes in this epoch by another number.
    func announce(_ descriptor: Int32, writes: UInt64, epoch: UInt64) -> Bool

    /// The passes of all other epochs have ended.
    func begin(epoch: UInt64)
}
