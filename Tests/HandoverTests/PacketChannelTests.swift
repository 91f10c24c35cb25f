// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxSystem
import Synchronization
import Testing

@testable import Handover

@Suite(.timeLimit(.minutes(1)))
struct PacketChannelTests {
    private func ends() throws -> (PacketChannel, PacketChannel) {
        let (channel, peer) = try PacketChannel.pair()
        return (channel, try PacketChannel(owning: peer))
    }

    @Test("packets arrive whole and in order, and either end's closing ends both")
    func order() throws {
        for closesOwn in [true, false] {
            let (one, other) = try ends()
            let received = Mutex<[[UInt8]]>([])
            let thread = try SystemThread(name: "reader") {
                other.run { packet in
                    received.withLock { $0.append(packet) }
                    return true
                }
            }
            let sent = (1...200).map { [UInt8](repeating: UInt8($0), count: $0 * 97) }
            for packet in sent {
                while one.send(packet) == .full { sched_yield() }
            }
            while received.withLock({ $0.count }) < sent.count { sched_yield() }
            (closesOwn ? one : other).close()
            thread.join()
            #expect(received.withLock { $0 } == sent)
            #expect(one.send([1]) == .ended)
        }
    }

    @Test("who sends to an end that doesn't read isn't held up, and is told when there is room")
    func room() throws {
        let (one, other) = try ends()
        var count = 0
        while one.send([UInt8](repeating: 1, count: 1000)) == .done { count += 1 }
        #expect((1...100_000).contains(count))
        let isFree = Atomic(false)
        let sender = try SystemThread(name: "sender") {
            one.run(room: { isFree.store(true, ordering: .sequentiallyConsistent) }) { _ in true }
        }
        Clock.sleep(microseconds: 20_000)
        let wasFree = isFree.load(ordering: .sequentiallyConsistent)
        #expect(!wasFree)
        let read = Atomic(0)
        let reader = try SystemThread(name: "reader") {
            other.run { _ in
                read.add(1, ordering: .relaxed)
                return true
            }
        }
        while !isFree.load(ordering: .sequentiallyConsistent) { sched_yield() }
        #expect(one.send([2]) == .done)
        while read.load(ordering: .relaxed) < count + 1 { sched_yield() }
        other.close()
        sender.join()
        reader.join()
    }

    @Test("a packet that is too long ends the channel, and so does one that its reader refuses")
    func refusals() throws {
        for packet in [[UInt8](repeating: 0, count: PacketChannel.maximumPacket + 1), [7]] {
            let (one, other) = try ends()
            let calls = Atomic(0)
            let thread = try SystemThread(name: "reader") {
                other.run { bytes in
                    calls.add(1, ordering: .relaxed)
                    return bytes != [7]
                }
            }
            #expect(one.send(packet) == .done)
            thread.join()
            #expect(calls.load(ordering: .relaxed) == (packet == [7] ? 1 : 0))
        }
    }
}
