// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import EndpointModel
import Sallyport
public import VendorCertificates

/// `sallyport vendor enroll`
struct VendorEnrollCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enroll",
        abstract: "Register a vendor and give it a certificate.",
        discussion: """
            Writes key.pem (0600), authority.pem and certificate.pem into the --out directory, which an agent is started \
            with. The key is made here and goes nowhere. Where the authority's key isn't on this machine, request.pem is \
            written instead of certificate.pem: have it signed and register the result by --certificate.

            Entitlements: notify:OPERATION, ask:OPERATION, deny:OPERATION (with * and CLASS.* too), protect-self, \
            inspect-kernel, manage-policy.

            EXAMPLES
              sallyport vendor enroll acme --entitlement notify:* --entitlement ask:process.exec --out acme
              sallyport vendor enroll acme --certificate acme.pem
            """)

    @Argument(help: "The vendor's name: lower-case letters, digits, - and ., at most 63.")
    var name: String

    @Option(
        name: .customLong("entitlement"), help: ArgumentHelp("What it may do. Repeatable.", valueName: "word"))
    var entitlements: [String] = []

    @Option(help: ArgumentHelp("Directory for the key and certificate; created when missing.", valueName: "directory"))
    var out: String?

    @Option(help: ArgumentHelp("A certificate that was issued elsewhere, PEM.", valueName: "file"))
    var certificate: String?

    @Option(
        name: .customLong("executable"),
        help: ArgumentHelp(
            "SHA-256 of an executable that may use the certificate, or the file itself. Repeatable. Default: any.",
            valueName: "digest|file"))
    var executables: [String] = []

    @Option(help: ArgumentHelp("Kind of key: p256 or ed25519.", valueName: "kind"))
    var key: KeyAlgorithm = .p256

    @Option(help: ArgumentHelp("How long the certificate is valid, such as 24h or 2160h.", valueName: "duration"))
    var validity: DurationArgument?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if certificate == nil && out == nil {
            throw ValidationError("say where the key goes: --out DIRECTORY (or register one by --certificate FILE)")
        }
        if certificate == nil && entitlements.isEmpty {
            throw ValidationError(
                "say what the vendor may do: --entitlement WORD, such as notify:* or ask:process.exec")
        }
        do throws(EntitlementError) {
            _ = try Entitlements(words: entitlements)
        } catch {
            throw ValidationError(error.message)
        }
    }

    func run() async throws {
        let entitlements = try Entitlements(words: entitlements)
        let digests = try executables.map(ExecutableArgument.digest)
        let validity = validity.map { UInt64($0.duration.components.seconds) }
        if let certificate {
            let pem = String(decoding: try FileContents.read(certificate), as: UTF8.self)
            let enrolment = VendorEnrolment(
                name: name, entitlements: entitlements, certificate: pem, executables: digests)
            let enrolled = try await options.withPlatform { try await $0.enrol(enrolment) }
            return try options.print(json: enrolled.vendor.json) { VendorReport.lines(enrolled.vendor, on: $0) }
        }
        let folder = try CredentialsFolder(out ?? name)
        let credentials = try NewCredentials(
            name: name, algorithm: key, entitlements: entitlements, executables: digests)
        let enrolled = try await options.withPlatform {
            try await $0.enrol(
                VendorEnrolment(
                    name: name, entitlements: entitlements, request: credentials.request, executables: digests,
                    validity: validity))
        }
        let written = try folder.write(credentials, enrolled)
        try options.print(json: enrolled.vendor.json.adding("files", .array(written.map(JSONValue.string)))) { screen in
            VendorReport.lines(enrolled.vendor, on: screen) + [""]
                + (enrolled.certificate.isEmpty
                    ? [
                        "This machine doesn't have the authority's key. Have \(folder.path)/request.pem signed, then:",
                        "  sallyport vendor enroll \(name) --certificate FILE",
                    ] : ["Start its agents with SALLYPORT_CREDENTIALS=\(folder.path)"])
        }
    }
}

extension KeyAlgorithm: ExpressibleByArgument {}
