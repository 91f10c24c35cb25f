// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxSystem
import Synchronization

/// Files that pass unasked.
extension Gate {
    /// Has somebody watch the files that pass, or nobody any more. All files are asked about again.
    public func setWatch(_ watch: (any WriteWatch)?) {
        state.withLock { state in
            // Who has watched so far is told as well.
            endPasses(.ownerChange, &state)
            state.watch = watch
            watch?.begin(epoch: state.passEpoch)
        }
    }

    /// Asks about every file again.
    public func flush(_ reason: FlushReason) { state.withLock { endPasses(reason, &$0) } }

    /// Ends the passes of an epoch, if it is the one in force.
    public func endPasses(of epoch: UInt64, _ reason: FlushReason) {
        state.withLock { if $0.passEpoch == epoch { endPasses(reason, &$0) } }
    }

    private func endPasses(_ reason: FlushReason, _ state: inout GateState) {
        // The marks first: a pass that isn't in force any more is nobody's to refuse.
        group.forgetPasses()
        state.passEpoch += 1
        state.watch?.begin(epoch: state.passEpoch)
        state.counters.flushes[reason, default: 0] += 1
    }

    /// To be taken before anybody judges the file; without one, it isn't watched.
    func ticket(_ kinds: FanotifyGroup.Kinds, isImage: Bool, for descriptor: Int32?) -> PassTicket {
        let (epoch, watch) = state.withLock { ($0.passEpoch, $0.watch) }
        let writes = descriptor.flatMap { watch?.writes(of: $0) }
        return PassTicket(
            epoch: epoch, writes: writes, isUnknown: watch != nil && writes == nil,
            version: descriptor.flatMap { FileVersion($0, isSettled: true) },
            kinds: kinds,
            isImage: isImage)
    }

    /// Has a file pass unasked; false where its content may have changed since the ticket, or could unnoticed.
    func remember(_ descriptor: Int32, _ ticket: PassTicket, _ state: inout GateState) -> Bool {
        guard ticket.epoch == state.passEpoch, !ticket.isImage || state.operations.isDisjoint(with: .opens) else {
            return false
        }
        // Others can change their files by pages that they have pinned, long after they have closed everything.
        guard isRootsAlone(descriptor) else { return false }
        guard let writes = ticket.writes, let watch = state.watch else {
            return FileSystem.isUnwritten(descriptor) && (try? group.pass(ticket.kinds, descriptor)) != nil
        }
        guard ticket.isWatched, FileSystem.keepsContent(descriptor), watch.writes(of: descriptor) == writes,
            watch.announce(descriptor, writes: writes, epoch: ticket.epoch)
        else { return false }
        // Whoever opens it for writing from here on is seen by the kernel; whoever has, or has cut it short, here.
        guard (try? group.pass(ticket.kinds, descriptor)) != nil, watch.writes(of: descriptor) == writes,
            FileSystem.isUnwritten(descriptor), FileVersion(descriptor) == ticket.version
        else {
            // What was announced stays: a pass of the other kind may rely on it.
            group.endPass(ticket.kinds, descriptor)
            return false
        }
        return true
    }

    /// Whether nobody but root can change a file.
    private func isRootsAlone(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_uid == 0 && status.st_mode & (S_IWGRP | S_IWOTH) == 0
    }
}
