// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// One vendor's answers that stand for later questions on the same content, the least recently used pushed out first.
///
/// Each vendor has its own, so that none of them pushes out another one's, and what one of them allowed is never taken
/// for another one's word. It belongs to one generation of the vendor: with the next one it is flushed as a whole.
///
/// Everything is O(1) but a flush, which is linear in what it drops.
public struct VerdictCache: Sendable {
    public struct Entry: Hashable, Sendable {
        public var verdict: Rule.Fallback
        public var reason: String
        /// Nanoseconds of CLOCK_BOOTTIME; from then on it doesn't hold.
        public var expiresAt: UInt64

        public init(verdict: Rule.Fallback, reason: String = "", expiresAt: UInt64) {
            self.verdict = verdict
            self.reason = reason
            self.expiresAt = expiresAt
        }
    }

    private struct Slot {
        var key: ContentKey
        var entry: Entry
        var newer: Int
        var older: Int
    }

    private static let none = -1

    /// The limit `cached-verdicts`; at least 1.
    public let capacity: Int
    /// How many were dropped, by reason: of `full`, how often the limit was reached.
    public private(set) var dropped: [FlushReason: UInt64] = [:]

    private var slots: [Slot] = []
    private var free: [Int] = []
    private var places: [ContentKey: Int] = [:]
    private var onInode: [InodeKey: Set<Int>] = [:]
    private var newest = VerdictCache.none
    private var oldest = VerdictCache.none

    public init(capacity: Int) { self.capacity = max(1, capacity) }

    public var count: Int { places.count }

    /// What the vendor said about this content, if it still holds; this makes it the most recently used.
    public mutating func entry(for key: ContentKey, now: UInt64) -> Entry? {
        guard let place = places[key] else { return nil }
        guard slots[place].entry.expiresAt > now else {
            drop(place, .entryExpired)
            return nil
        }
        unlink(place)
        linkAsNewest(place)
        return slots[place].entry
    }

    /// Keeps an answer instead of a former one.
    public mutating func store(_ entry: Entry, for key: ContentKey) {
        if let place = places[key] { drop(place, .answeredAgain) }
        if count == capacity { drop(oldest, .full) }
        let slot = Slot(key: key, entry: entry, newer: Self.none, older: Self.none)
        let place: Int
        if let freed = free.popLast() {
            place = freed
            slots[place] = slot
        } else {
            place = slots.count
            slots.append(slot)
        }
        places[key] = place
        onInode[key.inode, default: []].insert(place)
        linkAsNewest(place)
    }

    /// Drops what is known of one file, whatever was done to it and whichever generation it has.
    ///
    /// - Returns: how many.
    @discardableResult
    public mutating func flush(_ file: FileIdentity, _ reason: FlushReason) -> Int {
        guard let places = onInode[InodeKey(file)] else { return 0 }
        for place in places { drop(place, reason) }
        return places.count
    }

    /// - Returns: how many.
    @discardableResult
    public mutating func flushAll(_ reason: FlushReason) -> Int {
        let count = count
        guard count > 0 else { return 0 }
        dropped[reason, default: 0] += UInt64(count)
        slots = []
        free = []
        places = [:]
        onInode = [:]
        newest = Self.none
        oldest = Self.none
        return count
    }

    private mutating func drop(_ place: Int, _ reason: FlushReason) {
        dropped[reason, default: 0] += 1
        unlink(place)
        let key = slots[place].key
        places[key] = nil
        onInode[key.inode]?.remove(place)
        if onInode[key.inode]?.isEmpty == true { onInode[key.inode] = nil }
        // The reason's text isn't kept until the slot is used again.
        slots[place].entry.reason = ""
        free.append(place)
    }

    private mutating func unlink(_ place: Int) {
        let (newer, older) = (slots[place].newer, slots[place].older)
        if newer == Self.none { newest = older } else { slots[newer].older = older }
        if older == Self.none { oldest = newer } else { slots[older].newer = newer }
    }

    private mutating func linkAsNewest(_ place: Int) {
        slots[place].newer = Self.none
        slots[place].older = newest
        if newest == Self.none { oldest = place } else { slots[newest].newer = place }
        newest = place
    }
}
