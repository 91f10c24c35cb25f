// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_StreamElement {
    package init(_ element: StreamElement) {
        self.init()
        self.element =
            switch element {
            case .event(let event): .event(Sallyport_V1_Event(event))
            case .gap(let gap): .gap(Sallyport_V1_Gap(gap))
            }
    }
}

extension StreamElement {
    package init(_ message: Sallyport_V1_StreamElement) throws(ValueError) {
        switch message.element {
        case .event(let event): self = .event(try Event(event))
        case .gap(let gap): self = .gap(try Gap(gap))
        case nil: throw .missing(field: "element")
        }
    }
}
