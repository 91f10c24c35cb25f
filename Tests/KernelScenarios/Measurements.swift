// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import CRingConsumer
import EndpointModel
import Glibc
import Sallyport
import Synchronization

/// How fast events come, by each way of delivery, and how late.
enum Measurements {
    private static let opens = 60_000
    private static let rounds = 5

    /// One line of JSON: events a second of our reader and of libbpf's on the same records, beside the load that makes
    /// them and from a full ring; and the time from system call to handler.
    static func events(_ lab: Lab) async throws {
        try await lab.connect(collecting: false)
        let folder = try Lab.folder("measured")
        let file = try Lab.file(folder + "/file")
        let filter = EventFilter(
            operations: [.fileOpen], mutes: [EventMute(.target, path: file)], inverted: [.target])
        var ours: [Int] = []
        var plain: [Int] = []
        var oursFull: [Int] = []
        var plainFull: [Int] = []
        for _ in 0..<rounds {
            ours.append(try await beside(lab, filter, file, consume))
            plain.append(try await beside(lab, filter, file, consumePlainly))
            oursFull.append(try await fromFullRing(lab, filter, file, consume))
            plainFull.append(try await fromFullRing(lab, filter, file, consumePlainly))
        }
        let local = try await localLatency(lab, filter, file)
        let stream = try await streamLatency(lab, filter, file)
        say(
            """
            {"beside_load_ours": \(ours), "beside_load_libbpf": \(plain), "full_ring_ours": \(oursFull), \
            "full_ring_libbpf": \(plainFull), "latency_us_local": \(local), "latency_us_grpc": \(stream), \
            "daemon_resident_kib": \(residentKiB(lab.daemon.pid))}
            """)
    }

    // MARK: Rates

    /// Our reader: records to events. Returns when that many have come, or none for two seconds.
    @Sendable private static func consume(_ events: LocalEvents, _ wanted: Int) -> Int {
        var count = 0
        var last = LocalCollector.boot()
        // What begins the stream gives nothing: an empty batch isn't the end.
        while count < wanted, LocalCollector.boot() - last < 2_000_000_000,
            let batch = try? events.read(waitingMilliseconds: 2000)
        {
            count += batch.count { if case .event = $0 { true } else { false } }
            if !batch.isEmpty { last = LocalCollector.boot() }
        }
        return count
    }

    @Sendable private static func consumePlainly(_ events: LocalEvents, _ wanted: Int) -> Int {
        var bytes: UInt64 = 0
        // The marker that the stream begins at counts for it.
        return Int(ring_consume(events.descriptor, Int64(wanted) + 1, 2000, &bytes)) - 1
    }

    /// Events a second while they are made as fast as the machine can.
    private static func beside(
        _ lab: Lab, _ filter: EventFilter, _ file: String, _ consumer: @escaping @Sendable (LocalEvents, Int) -> Int
    ) async throws -> Int {
        let events = try await lab.client.localEvents(filter)
        let start = LocalCollector.boot()
        let load = try KernelLoad.start(.reopens(file, opens), output: "opens")
        let (count, end) = await withCheckedContinuation { continuation in
            LocalCollector.onThread {
                let count = consumer(events, opens)
                continuation.resume(returning: (count, LocalCollector.boot()))
            }
        }
        _ = try load.finish()
        try expect(count, opens, "events read")
        return Int(UInt64(count) * 1_000_000_000 / (end - start))
    }

    /// Events a second from a ring that is full before the reading begins.
    private static func fromFullRing(
        _ lab: Lab, _ filter: EventFilter, _ file: String, _ consumer: @Sendable (LocalEvents, Int) -> Int
    ) async throws -> Int {
        let events = try await lab.client.localEvents(filter)
        let count = 8000
        _ = try KernelLoad.start(.reopens(file, count), output: "opens").finish()
        let start = LocalCollector.boot()
        try expect(consumer(events, count), count, "events read")
        return Int(UInt64(count) * 1_000_000_000 / (LocalCollector.boot() - start))
    }

    // MARK: Latency

    private static let probes = 400

    /// Opens one after another with rests between; when each began, nanoseconds.
    private static func probe(_ file: String) async throws -> [UInt64] {
        var times: [UInt64] = []
        for _ in 0..<probes {
            times.append(LocalCollector.boot())
            let descriptor = open(file, O_RDONLY | O_CLOEXEC)
            close(descriptor)
            try await Task.sleep(for: .milliseconds(10))
        }
        return times
    }

    private static func localLatency(_ lab: Lab, _ filter: EventFilter, _ file: String) async throws -> String {
        let collector = LocalCollector(try await lab.client.localEvents(filter))
        let began = try await probe(file)
        return try quantiles(began, try await collector.finish(expecting: probes).times)
    }

    private static func streamLatency(_ lab: Lab, _ filter: EventFilter, _ file: String) async throws -> String {
        let stream = try await lab.client.events(filter)
        let times = Mutex<[UInt64]>([])
        let reading = Task {
            for try await element in stream {
                if case .event = element { times.withLock { $0.append(LocalCollector.boot()) } }
            }
        }
        let began = try await probe(file)
        try await Task.sleep(for: .seconds(1))
        reading.cancel()
        return try quantiles(began, times.withLock { $0 })
    }

    private static func quantiles(_ began: [UInt64], _ handled: [UInt64]) throws -> String {
        try expect(handled.count, began.count, "probes that arrived")
        let sorted = zip(began, handled).map { ($1 - $0) / 1000 }.sorted()
        return "{\"p50\": \(sorted[sorted.count / 2]), \"p99\": \(sorted[sorted.count * 99 / 100])}"
    }

    static func residentKiB(_ pid: pid_t) -> Int {
        let status = (try? Lab.read("/proc/\(pid)/status")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        for line in status.split(separator: "\n") where line.hasPrefix("VmRSS:") {
            return line.split(separator: " ").compactMap { Int($0) }.first ?? 0
        }
        return 0
    }
}
