// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import LinuxSystem
import Testing

@testable import Handover

@Suite
struct HandoverServerTests {
    /// A server on a thread of its own, at a path of its own.
    private func withServer(_ body: (HandoverServer) throws -> Void) throws {
        let path = "/tmp/handover-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let server = HandoverServer(path: path)
        try server.listen()
        let thread = try SystemThread(name: "handover") { server.run() }
        defer {
            server.stop()
            thread.join()
        }
        try body(server)
    }

    /// What comes back for some bytes: the packet and whether a descriptor came with it.
    private func show(_ bytes: [UInt8], at path: String) throws -> (packet: [UInt8], descriptor: Int32) {
        let connection = clinux_connect_packets(path, 3000)
        try #require(connection >= 0)
        defer { close(connection) }
        try #require(send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
        var packet = [UInt8](repeating: 0, count: 64)
        var descriptor: Int32 = -1
        let count = clinux_receive_descriptor(connection, &packet, 64, &descriptor)
        return (Array(packet.prefix(max(0, Int(count)))), descriptor)
    }

    @Test("who shows its token gets the very descriptor and the grant, once")
    func handOver() throws {
        try withServer { server in
            var pipe: [Int32] = [0, 0]
            try #require(Glibc.pipe(&pipe) == 0)
            defer { for end in pipe { close(end) } }
            let token = try server.offer(pipe[1], HandoverGrant(layout: 4, size: 65536, beginning: 9), to: getpid())
            let (packet, descriptor) = try show(token.bytes, at: server.path)
            let grant = try #require(HandoverGrant(packet: packet))
            #expect((grant.layout, grant.size, grant.beginning) == (4, 65536, 9))
            try #require(descriptor >= 0)
            #expect(write(descriptor, "x", 1) == 1)
            close(descriptor)
            var byte: UInt8 = 0
            #expect(read(pipe[0], &byte, 1) == 1 && byte == UInt8(ascii: "x"))
            #expect(try show(token.bytes, at: server.path).descriptor == -1)
            #expect(server.refused == 1)
        }
    }

    @Test("a token for another process, a wrong one, a short and a long packet get nothing")
    func refusals() throws {
        try withServer { server in
            let token = try server.offer(0, HandoverGrant(layout: 4, size: 4096, beginning: 0), to: getpid() + 1)
            let packets = [
                token.bytes, Array(repeating: 0, count: 32), [1], Array(repeating: 1, count: 33),
                Array(repeating: 1, count: 4096),
            ]
            for packet in packets {
                let (answer, descriptor) = try show(packet, at: server.path)
                #expect(answer.isEmpty && descriptor == -1)
            }
        }
    }

    @Test("clients that say nothing hold nobody up, and are cut off")
    func silence() throws {
        try withServer { server in
            var silent: [Int32] = []
            for _ in 0..<8 { silent.append(clinux_connect_packets(server.path, 3000)) }
            defer { for connection in silent { close(connection) } }
            let token = try server.offer(0, HandoverGrant(layout: 4, size: 4096, beginning: 0), to: getpid())
            let (_, descriptor) = try show(token.bytes, at: server.path)
            #expect(descriptor >= 0)
            close(descriptor)
            var byte: UInt8 = 0
            for connection in silent { #expect(recv(connection, &byte, 1, 0) == 0) }
        }
    }
}
