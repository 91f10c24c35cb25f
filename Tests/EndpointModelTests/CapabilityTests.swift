// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Testing

@Suite struct CapabilityTests {
    /// `include/uapi/linux/capability.h`, whose numbers never change.
    @Test(arguments: [
        (0, "CAP_CHOWN"), (1, "CAP_DAC_OVERRIDE"), (5, "CAP_KILL"), (7, "CAP_SETUID"), (12, "CAP_NET_ADMIN"),
        (16, "CAP_SYS_MODULE"), (19, "CAP_SYS_PTRACE"), (21, "CAP_SYS_ADMIN"), (27, "CAP_MKNOD"),
        (31, "CAP_SETFCAP"), (34, "CAP_SYSLOG"), (38, "CAP_PERFMON"), (39, "CAP_BPF"), (40, "CAP_CHECKPOINT_RESTORE"),
    ])
    func `The numbers are the kernel's`(number: Int, name: String) {
        #expect(Capability(name)?.number == UInt8(number))
        #expect(Capability(number: number)?.text == name)
        #expect(Capability(name.lowercased())?.number == UInt8(number))
        #expect(Capability(String(name.dropFirst(4)))?.number == UInt8(number))
    }

    @Test func `Every capability's text is that capability`() throws {
        for number in Capability.names.indices {
            let capability = try #require(Capability(number: number))
            #expect(Capability(capability.text) == capability)
        }
    }

    @Test(arguments: ["", "CAP_", "CAP_FLY", "21", "CAP_CAP_SYS_ADMIN", "SYS ADMIN", "sys_admin "])
    func `What is no capability is refused`(text: String) {
        #expect(Capability(text) == nil)
        #expect(Capability(number: 41) == nil && Capability(number: -1) == nil)
    }
}
