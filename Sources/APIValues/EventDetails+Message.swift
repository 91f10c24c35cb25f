// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import FoundationEssentials
package import SallyportAPI

extension Sallyport_V1_EventDetails {
    package init(_ details: EventDetails) {
        self.init()
        // In the order of the model, so that equal details are equal bytes.
        if !details.access.isEmpty {
            access = Access.allCases.filter(details.access.contains).map(Sallyport_V1_Access.init)
        }
        way = details.way
        if let signal = details.signal { self.signal = UInt32(signal.number) }
        if !details.mappings.isEmpty {
            mappings = MappingKind.allCases.filter(details.mappings.contains).map(Sallyport_V1_MappingKind.init)
        }
        if let area = details.area { self.area = Sallyport_V1_KernelArea(area) }
        if let target = details.target { self.target = Sallyport_V1_ObservedPath(target) }
        if let credentials = details.credentials { self.credentials = Sallyport_V1_Credentials(credentials) }
        name = Data(details.name.utf8)
    }
}

extension EventDetails {
    /// What a later version knows of accesses, mappings and areas is left out, or is `other`: it describes, nothing is
    /// decided by it any more.
    package init(_ message: Sallyport_V1_EventDetails) throws(ValueError) {
        self.init()
        for value in message.access {
            if let known = try? Access(value) { access.insert(known) }
        }
        way = message.way
        if message.hasSignal { signal = try Signal(message.signal, field: "event.details.signal") }
        for value in message.mappings {
            if let known = try? MappingKind(value) { mappings.insert(known) }
        }
        if message.area != .unspecified { area = (try? KernelArea(message.area)) ?? .other }
        if message.hasTarget { target = try ObservedPath(message.target) }
        if message.hasCredentials { credentials = Credentials(message.credentials) }
        name = String(decoding: message.name, as: UTF8.self)
    }
}
