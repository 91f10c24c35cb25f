// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_KernelArea {
    package init(_ area: KernelArea) {
        self =
            switch area {
            case .memory: .memory
            case .msr: .msr
            case .ports: .ports
            case .probes: .probes
            case .symbols: .symbols
            case .sysctl: .sysctl
            case .debug: .debug
            case .hardware: .hardware
            case .performance: .performance
            case .bpf: .bpf
            case .other: .other
            }
    }
}

extension KernelArea {
    package init(_ message: Sallyport_V1_KernelArea) throws(ValueError) {
        switch message {
        case .memory: self = .memory
        case .msr: self = .msr
        case .ports: self = .ports
        case .probes: self = .probes
        case .symbols: self = .symbols
        case .sysctl: self = .sysctl
        case .debug: self = .debug
        case .hardware: self = .hardware
        case .performance: self = .performance
        case .bpf: self = .bpf
        case .other: self = .other
        case .unspecified: throw .missing(field: "area")
        case .UNRECOGNIZED(let value): throw .unknown(field: "area", value: value)
        }
    }
}
