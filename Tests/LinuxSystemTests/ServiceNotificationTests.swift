// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import LinuxSystem

@Suite(.serialized)
struct ServiceNotificationTests {
    @Test(arguments: ["/tmp/sallyport-notify-\(getpid())", "@sallyport-notify-\(getpid())"])
    func `the service manager is told by its socket, with a path or an abstract name`(name: String) {
        let manager = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(manager) }
        defer { if name.hasPrefix("/") { unlink(name) } }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.utf8) }
        if name.hasPrefix("@") { address.sun_path.0 = 0 }
        // An abstract name is all of the address's bytes; the manager's has no zeros at its end.
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.utf8.count)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(manager, $0, length) }
        }
        #expect(bound == 0)
        setenv("NOTIFY_SOCKET", name, 1)
        defer { unsetenv("NOTIFY_SOCKET") }
        ServiceNotification.send("READY=1")
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = recv(manager, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        #expect(count == 7 && String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self) == "READY=1")
    }

    @Test(arguments: [nil, "", "/", "/nowhere/notify", "/" + String(repeating: "x", count: 200)])
    func `without a socket that is there nothing happens`(name: String?) {
        if let name { setenv("NOTIFY_SOCKET", name, 1) } else { unsetenv("NOTIFY_SOCKET") }
        defer { unsetenv("NOTIFY_SOCKET") }
        ServiceNotification.send("READY=1")
    }
}
