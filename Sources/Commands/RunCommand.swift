// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Glibc
import Sallyport
import VendorCertificates

/// `sallyport run`
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Start an agent under development against the platform.",
        discussion: """
            Registers a throw-away vendor for development, starts the agent with its credentials, and revokes them when \
            the agent has ended. Lists of vendors and the greeting show plainly that it is for development. The agent \
            finds its credentials by SALLYPORT_CREDENTIALS and the socket by SALLYPORT_AGENTS_SOCKET. Ends with the \
            agent's status.

            EXAMPLES
              sallyport run -- ./exec-logger
              sallyport run --entitlement notify:process.* -- python3 agent.py
            """)

    @Option(
        name: .customLong("entitlement"),
        help: ArgumentHelp("What the agent may do. Repeatable. Default: everything.", valueName: "word"))
    var entitlements: [String] = []

    @Option(
        name: .customLong("agents-socket"),
        help: ArgumentHelp(
            "The platform's socket for agents. Default: SALLYPORT_AGENTS_SOCKET, or "
                + "\(SallyportClient.defaultAgentSocketPath).", valueName: "path"))
    var agentSocket = SallyportClient.agentSocketPath

    @Argument(parsing: .postTerminator, help: "The agent and its arguments.")
    var agent: [String]

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard !agent.isEmpty else {
            throw ValidationError("name the agent after --, such as: sallyport run -- ./agent")
        }
        do throws(EntitlementError) {
            _ = try Entitlements(words: entitlements)
        } catch {
            throw ValidationError(error.message)
        }
    }

    func run() async throws {
        let granted = entitlements.isEmpty ? Entitlements.all : try Entitlements(words: entitlements)
        let name = "dev.\(getpid())-\(String(UInt32.random(in: .min ... .max), radix: 36))"
        var template = Array("/tmp/sallyport-run-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandFailure(
                .usage, "can't make a directory for the credentials: \(String(cString: strerror(errno)))")
        }
        let directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer {
            for file in ["key.pem", "certificate.pem", "authority.pem"] { unlink("\(directory)/\(file)") }
            rmdir(directory)
        }
        let credentials = try NewCredentials(name: name, algorithm: .p256, entitlements: granted, executables: [])
        let enrolled = try await options.withPlatform {
            try await $0.enrol(
                VendorEnrolment(
                    name: name, entitlements: granted, request: credentials.request, validity: 86400,
                    isDevelopment: true))
        }
        let status: Int32
        do {
            _ = try CredentialsFolder(directory).write(credentials, enrolled)
            status = try await AgentProcess(
                agent, credentials: directory, socket: agentSocket
            ).run()
        } catch {
            _ = try? await options.withPlatform { try await $0.revokeVendor(named: name) }
            throw error
        }
        _ = try await options.withPlatform { try await $0.revokeVendor(named: name) }
        if status != 0 { throw ExitCode(status) }
    }
}
