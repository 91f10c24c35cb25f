// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Requests to apply policies that begin and never end: HTTP/2 by hand, as no client library would.
struct UnendedRequests {
    /// What each message says it has, and what is sent of it.
    private static let declared = 72 << 20
    private static let sent = 70 << 20
    private static let streams: UInt32 = 15

    private let descriptor: Int32

    init(socket: String) throws {
        descriptor = RawSocket.connected(to: socket)
        try require(descriptor >= 0, "connect to \(socket)")
    }

    func run() throws {
        try write(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, 0, 0, []))
        var headers: [UInt8] = []
        for (name, value) in [
            (":method", "POST"), (":scheme", "http"), (":path", "/sallyport.v1.Policies/Apply"),
            (":authority", "localhost"), ("content-type", "application/grpc"), ("te", "trailers"),
        ] {
            // Literal, without indexing, not compressed (RFC 7541, 6.2.2).
            headers += [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
        }
        let numbers = (0..<Self.streams).map { $0 * 2 + 1 }
        for stream in numbers { try write(frame(1, 4, stream, headers)) }
        try fill(numbers)
        say("begun")
        while true { sleep(600) }
    }

    /// Sends as much as the windows let it, until no stream takes any more.
    private func fill(_ numbers: [UInt32]) throws {
        var windows = Dictionary(uniqueKeysWithValues: numbers.map { ($0, 65_535) })
        var (connection, initial) = (65_535, 65_535)
        var left = Dictionary(uniqueKeysWithValues: numbers.map { ($0, Self.sent) })
        var begun: Set<UInt32> = []
        var idle = 0
        var input: [UInt8] = []
        let chunk = [UInt8](repeating: 0x0a, count: 16_384)
        while !left.isEmpty, idle < 20 {
            for number in numbers {
                guard let rest = left[number] else { continue }
                let count = min(16_384, rest, connection, windows[number] ?? 0)
                guard count >= 5 else { continue }
                var bytes = Array(chunk.prefix(count))
                if begun.insert(number).inserted {
                    let length = UInt32(Self.declared)
                    bytes.replaceSubrange(
                        0..<5, with: [0] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) })
                }
                try write(frame(0, 0, number, bytes))
                connection -= count
                windows[number, default: 0] -= count
                left[number] = rest - count > 5 ? rest - count : nil
            }
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let isBlocked = connection < 5 || left.keys.allSatisfy { (windows[$0] ?? 0) < 5 }
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, isBlocked ? 200 : 0) > 0 else {
                if isBlocked { idle += 1 }
                continue
            }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            idle = 0
            input += buffer[..<count]
            while input.count >= 9 {
                let length = Int(input[0]) << 16 | Int(input[1]) << 8 | Int(input[2])
                guard input.count >= 9 + length else { break }
                let stream = Self.number(input[5..<9]) & 0x7fff_ffff
                let payload = input[9..<9 + length]
                switch input[3] {
                case 3: left[stream] = nil  // RST_STREAM
                case 4 where input[4] & 1 == 0:  // SETTINGS
                    for place in stride(from: payload.startIndex, to: payload.endIndex, by: 6)
                    where payload[place + 1] == 4 {
                        let size = Int(Self.number(payload[place + 2..<place + 6]))
                        for number in numbers { windows[number, default: 0] += size - initial }
                        initial = size
                    }
                    try write(frame(4, 1, 0, []))
                case 6 where input[4] & 1 == 0: try write(frame(6, 1, 0, Array(payload)))  // PING
                case 7: return  // GOAWAY
                case 8:  // WINDOW_UPDATE
                    let more = Int(Self.number(payload) & 0x7fff_ffff)
                    if stream == 0 { connection += more } else { windows[stream, default: 0] += more }
                default: break
                }
                input.removeFirst(9 + length)
            }
        }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }

    private func frame(_ kind: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        let length = payload.count
        return [UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255), kind, flags]
            + (0..<4).map { UInt8(truncatingIfNeeded: stream >> (24 - 8 * $0)) } + payload
    }

    private func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure("the platform has closed the connection") }
            rest = rest.dropFirst(count)
        }
    }
}
