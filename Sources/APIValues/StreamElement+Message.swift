// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI
import SwiftProtobuf

extension Sallyport_V1_StreamElement {
    package init(_ element: StreamElement) {
        self.init()
        self.element =
            switch element {
            case .event(let event): .event(Sallyport_V1_Event(event))
            case .gap(let gap): .gap(Sallyport_V1_Gap(gap))
            case .sync(let marker): .sync(.with { $0.marker = marker })
            case .process(let process): .process(Sallyport_V1_Process(process))
            }
    }
}

extension StreamElement {
    package init(_ message: Sallyport_V1_StreamElement) throws(ValueError) {
        switch message.element {
        case .event(let event): self = .event(try Event(event))
        case .gap(let gap): self = .gap(try Gap(gap))
        case .sync(let sync): self = .sync(sync.marker)
        case .process(let process): self = .process(try Process(process))
        case nil: throw .missing(field: "element")
        }
    }

    /// As above, for a reader that goes on whatever a later version sends: an event that this version can't express is a
    /// gap at the reader, any other element of that kind is none.
    package init?(ofAnyVersion message: Sallyport_V1_StreamElement) throws(ValueError) {
        do {
            self = try StreamElement(message)
        } catch {
            switch (error, message.element) {
            case (.unknown, .event(let event)):
                var gap = Gap(place: .subscriber, missing: event.sequence...event.sequence)
                if let operation = try? Operation(event.operation) { gap.counts = [operation: 1] }
                if event.decision.verdict == .deny { gap.denied = 1 }
                self = .gap(gap)
            case (.unknown, _), (_, nil): return nil
            default: throw error
            }
        }
    }
}
