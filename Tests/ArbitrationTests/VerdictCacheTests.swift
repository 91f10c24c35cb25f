// SPDX-License-Identifier: Apache-2.0

import Arbitration
import EndpointModel
import Testing

@Suite
struct VerdictCacheTests {
    @Test("the least recently used makes room, and it is counted")
    func leastRecentlyUsed() {
        var cache = VerdictCache(capacity: 2)
        cache.store(Self.allow, for: Self.key(1))
        cache.store(Self.allow, for: Self.key(2))
        #expect(cache.entry(for: Self.key(1), now: 0) != nil)
        cache.store(Self.allow, for: Self.key(3))
        #expect(cache.entry(for: Self.key(2), now: 0) == nil)
        #expect(cache.entry(for: Self.key(1), now: 0) != nil && cache.entry(for: Self.key(3), now: 0) != nil)
        #expect(cache.count == 2 && cache.dropped == [.full: 1])
    }

    @Test("an entry holds until its time, and not at it")
    func expiry() {
        var cache = VerdictCache(capacity: 2)
        cache.store(VerdictCache.Entry(verdict: .deny, expiresAt: 10), for: Self.key(1))
        #expect(cache.entry(for: Self.key(1), now: 9)?.verdict == .deny)
        #expect(cache.entry(for: Self.key(1), now: 10) == nil)
        #expect(cache.count == 0 && cache.dropped == [.entryExpired: 1])
    }

    @Test("a flush of a file drops all that is known of it and nothing else")
    func flushFile() {
        var cache = VerdictCache(capacity: 10)
        var written = Self.key(1)
        cache.store(Self.allow, for: written)
        written.changeTime = 5
        cache.store(Self.allow, for: written)
        written.file.generation = 3
        cache.store(Self.allow, for: written)
        cache.store(Self.allow, for: Self.key(2))
        #expect(cache.flush(Self.key(1).file, .fileWritten) == 3)
        #expect(cache.entry(for: Self.key(1), now: 0) == nil && cache.entry(for: written, now: 0) == nil)
        #expect(cache.entry(for: Self.key(2), now: 0) != nil)
        #expect(cache.flush(Self.key(1).file, .fileWritten) == 0)
        #expect(cache.flushAll(.requested) == 1)
        #expect(cache.count == 0 && cache.dropped == [.fileWritten: 3, .requested: 1])
    }

    @Test("every part of the key tells contents apart")
    func keys() {
        var cache = VerdictCache(capacity: 10)
        cache.store(Self.allow, for: Self.key(1))
        var others = [ContentKey](repeating: Self.key(1), count: 8)
        others[0].operation = .imageLoad
        others[1].access = [.write]
        others[2].file.device = 9
        others[3].file.inode = 9
        others[4].file.generation = 9
        others[5].size = 9
        others[6].changeTime = 9
        others[7].subject = ProcessIdentity(pid: 1, startTime: 0, execCount: 0)
        for other in others { #expect(cache.entry(for: other, now: 0) == nil) }
        #expect(cache.entry(for: Self.key(1), now: 0) != nil)
    }

    @Test("it agrees with a plain list on what it keeps, whatever is done to it")
    func model() {
        var random = SplitMix(state: 7)
        var cache = VerdictCache(capacity: 8)
        /// The most recently used last.
        var list: [(key: ContentKey, entry: VerdictCache.Entry)] = []
        for now in 0..<UInt64(20_000) {
            let key = Self.key(random.next() % 12)
            switch random.next() % 20 {
            case 0:
                list.removeAll { $0.key.file == key.file }
                cache.flush(key.file, .fileWritten)
            case 1 where now.isMultiple(of: 10):
                list.removeAll()
                cache.flushAll(.requested)
            case 1..<9:
                let entry = VerdictCache.Entry(
                    verdict: random.next().isMultiple(of: 2) ? .allow : .deny, expiresAt: now + random.next() % 100)
                list.removeAll { $0.key == key }
                if list.count == 8 { list.removeFirst() }
                list.append((key, entry))
                cache.store(entry, for: key)
            default:
                let index = list.firstIndex { $0.key == key }
                let found = index.map { list.remove(at: $0) }
                let holds = found.flatMap { $0.entry.expiresAt > now ? $0 : nil }
                if let holds { list.append(holds) }
                #expect(cache.entry(for: key, now: now) == holds?.entry)
            }
            #expect(cache.count == list.count)
        }
        #expect((cache.dropped[.full] ?? 0) > 100 && (cache.dropped[.entryExpired] ?? 0) > 100)
    }

    private static let allow = VerdictCache.Entry(verdict: .allow, expiresAt: 1000)

    private static func key(_ inode: UInt64) -> ContentKey {
        var file = FileObject(path: ObservedPath("/bin/\(inode)"))
        file.identity.inode = inode
        return ContentKey(operation: .processExec, file: file, changeTime: 0)
    }
}
