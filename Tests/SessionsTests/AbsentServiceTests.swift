// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Sallyport
import Testing

/// Services that are declared and not there yet.
@Suite struct AbsentServiceTests {
    private func expectAbsent(_ call: () async throws -> Void) async {
        let error = await #expect(throws: SallyportError.self) { try await call() }
        #expect(error?.code == .notAvailable)
        #expect(error?.reason == "not-available")
        #expect(error?.message.contains("isn't available in this version of the platform yet") == true)
    }

    @Test func `protection, inspection and integrity are refused as not available yet`() async throws {
        try await withServer { client, _ in
            await expectAbsent { _ = try await client.protection.protect([.file(Array("/etc/acme".utf8))]) }
            await expectAbsent { try await client.protection.unprotect([1]) }
            await expectAbsent { _ = try await client.inspection.areas() }
            await expectAbsent { _ = try await client.integrity.findings() }
        }
    }

    @Test func `agents are told the same, and the greeting can be asked first`() async throws {
        try await withAgentServer { lab in
            try await lab.connect(lab.site.credentials("acme")) { client in
                await expectAbsent { _ = try await client.protection.protect([.file(Array("/etc/acme".utf8))]) }
                #expect(try await !client.protection.isAvailable())
                #expect(try await !client.inspection.isAvailable())
                #expect(try await !client.integrity.isAvailable())
                let services = try await client.greet().services
                #expect(services == ["Authorizer", "Events", "Platform", "Policies", "Processes"])
            }
        }
    }
}
