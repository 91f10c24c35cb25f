// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import FoundationEssentials
package import SallyportAPI
import SwiftProtobuf

extension Sallyport_V1_Entitlements {
    package init(_ entitlements: Entitlements) {
        self.init()
        words = entitlements.words
    }
}

extension Entitlements {
    package init(_ message: Sallyport_V1_Entitlements, field: String) throws(ValueError) {
        do throws(EntitlementError) {
            try self.init(words: message.words)
        } catch {
            throw .invalid(field: field, reason: error.message)
        }
    }
}

extension Sallyport_V1_Vendor {
    package init(_ vendor: Vendor) {
        self.init()
        name = vendor.name
        state =
            switch vendor.state {
            case .active: .active
            case .suspended: .suspended
            case .revoked: .revoked
            }
        ceiling = Sallyport_V1_Entitlements(vendor.ceiling)
        executables = vendor.executables.map { Data($0.bytes) }
        enrolledAt = vendor.enrolledAt
        notAfter = vendor.notAfter
        clients = UInt32(clamping: vendor.clients)
        development = vendor.isDevelopment
        quotas = vendor.quotas.map(Sallyport_V1_VendorQuota.init)
    }
}

extension Vendor {
    package init(_ message: Sallyport_V1_Vendor) throws(ValueError) {
        let state: State
        switch message.state {
        case .active: state = .active
        case .suspended: state = .suspended
        case .revoked: state = .revoked
        case .unspecified: throw .missing(field: "vendor.state")
        case .UNRECOGNIZED(let value): throw .unknown(field: "vendor.state", value: value)
        }
        self.init(
            name: message.name, state: state, ceiling: try Entitlements(message.ceiling, field: "vendor.ceiling"),
            executables: try [Digest](message.executables, field: "vendor.executables"),
            enrolledAt: message.enrolledAt, notAfter: message.notAfter, clients: Int(message.clients),
            isDevelopment: message.development, quotas: message.quotas.map(VendorQuota.init))
    }
}

extension Sallyport_V1_VendorQuota {
    package init(_ quota: VendorQuota) {
        self.init()
        name = quota.limit.name
        limit = quota.limit.value
        used = quota.used
        refused = quota.refused
        unit = quota.limit.unit
    }
}

extension VendorQuota {
    package init(_ message: Sallyport_V1_VendorQuota) {
        self.init(
            limit: NamedLimit(message.name, Int(clamping: message.limit), message.unit), used: message.used,
            refused: message.refused)
    }
}

extension [Digest] {
    fileprivate init(_ bytes: [Data], field: String) throws(ValueError) {
        self = []
        for value in bytes {
            guard let digest = Digest(bytes: [UInt8](value)) else {
                throw .invalid(field: field, reason: "has an entry of \(value.count) bytes instead of 32")
            }
            append(digest)
        }
    }
}

extension Sallyport_V1_Authority {
    package init(_ authority: VendorAuthority) {
        self.init()
        certificate = authority.certificate
        issues = authority.issues
        notAfter = authority.notAfter
        revocationProblem = authority.revocationProblem
        refusals = authority.refusals.sorted { $0.key < $1.key }.map { reason, count in
            .with {
                $0.reason = reason
                $0.count = count
            }
        }
    }
}

extension VendorAuthority {
    package init(_ message: Sallyport_V1_Authority) {
        self.init(
            certificate: message.certificate, issues: message.issues, notAfter: message.notAfter,
            revocationProblem: message.revocationProblem,
            refusals: Dictionary(message.refusals.map { ($0.reason, $0.count) }, uniquingKeysWith: +))
    }
}

extension Sallyport_V1_EnrollRequest {
    package init(_ enrolment: VendorEnrolment) {
        self.init()
        name = enrolment.name
        entitlements = Sallyport_V1_Entitlements(enrolment.entitlements)
        request = enrolment.request ?? ""
        certificate = enrolment.certificate ?? ""
        executables = enrolment.executables.map { Data($0.bytes) }
        validity = enrolment.validity ?? 0
        development = enrolment.isDevelopment
    }
}

extension VendorEnrolment {
    package init(_ message: Sallyport_V1_EnrollRequest) throws(ValueError) {
        guard !message.name.isEmpty else { throw .missing(field: "name") }
        self.init(
            name: message.name, entitlements: try Entitlements(message.entitlements, field: "entitlements"),
            request: message.request.isEmpty ? nil : message.request,
            certificate: message.certificate.isEmpty ? nil : message.certificate,
            executables: try [Digest](message.executables, field: "executables"),
            validity: message.validity == 0 ? nil : message.validity, isDevelopment: message.development)
    }
}
