// SPDX-License-Identifier: Apache-2.0

public import LinuxSystem
import Synchronization

extension Gate {
    /// Holds operations on every file system of a mount table that can be held and isn't yet.
    ///
    /// To be called again when `MountWatcher` tells of a change: until then, files of a new mount aren't held.
    ///
    /// - Returns: the mounts that couldn't be held, and why.
    @discardableResult
    public func rescan(
        _ operations: GatedOperations, _ table: MountTable
    ) -> [(mount: MountTable.Mount, error: Errno)] {
        var failed: [(mount: MountTable.Mount, error: Errno)] = []
        let places = Set(table.holdable.map { Place(path: $0.path, scope: .fileSystem) })
        state.withLock { state in
            // Their marks have gone with them.
            for place in state.scanned.subtracting(places) { state.held[place] = nil }
            state.scanned = places
        }
        for mount in table.holdable {
            // Held already or not: the path may lead to another file system by now, and a mark that is there stays as it is.
            do {
                try hold(operations, .fileSystem, of: mount.path)
            } catch {
                failed.append((mount, error))
            }
        }
        return failed
    }
}
