// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI
import SwiftProtobuf

extension Sallyport_V1_Event {
    package init(_ event: Event) {
        self.init()
        sequence = event.sequence
        time = event.time
        monotonicTime = event.monotonicTime
        operation = Sallyport_V1_Operation(event.operation)
        decision = Sallyport_V1_Decision(event.decision)
        subject = Sallyport_V1_Process(event.subject)
        object =
            switch event.object {
            case .none: nil
            case .file(let file, let interpreter): .file(Sallyport_V1_FileObject(file, interpreter: interpreter))
            case .process(let process): .process(Sallyport_V1_ProcessIdentity(process))
            case .exit(let status): .exit(.with { $0.waitStatus = status })
            }
        // Most events have none: an empty message isn't sent.
        if event.details != EventDetails() { details = Sallyport_V1_EventDetails(event.details) }
    }
}

extension Event {
    package init(_ message: Sallyport_V1_Event) throws(ValueError) {
        guard message.hasSubject else { throw .missing(field: "event.subject") }
        let object: EventObject =
            switch message.object {
            case nil: .none
            case .file(let file):
                .file(try FileObject(file), interpreter: file.hasInterpreter ? try ObservedPath(file.interpreter) : nil)
            case .process(let process): .process(ProcessIdentity(process))
            case .exit(let exit): .exit(status: exit.waitStatus)
            }
        self.init(
            sequence: message.sequence, time: message.time, monotonicTime: message.monotonicTime,
            operation: try Operation(message.operation), decision: try Decision(message.decision),
            subject: try Process(message.subject), object: object,
            details: message.hasDetails ? try EventDetails(message.details) : EventDetails())
    }
}
