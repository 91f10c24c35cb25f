// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import SallyportAPI
import Testing

/// Events on their way through messages.
@Suite struct EventValueTests {
    @Test(arguments: Operation.allCases)
    func `A message says every detail of an event of any operation`(operation: Operation) throws {
        let event = Samples.event(
            1, operation, object: .file(Samples.file, interpreter: nil), details: Samples.details)
        #expect(try Event(Sallyport_V1_Event(event)) == event)
    }

    @Test func `A message says each detail alone, and whether it is there`() throws {
        let all = Samples.details
        let setters: [(inout EventDetails) -> Void] = [
            { $0.access = [.readMemory, .attach] }, { $0.way = all.way }, { $0.signal = all.signal },
            { $0.mappings = [.heap] }, { $0.area = all.area }, { $0.target = all.target },
            { $0.credentials = all.credentials }, { $0.name = all.name },
            // Present, although it is the default on the wire.
            { $0.signal = Signal(number: 0) }, { $0.target = ObservedPath("") }, { $0.credentials = Credentials() },
        ]
        for set in setters {
            var details = EventDetails()
            set(&details)
            let event = Samples.event(1, .processOpen, details: details)
            #expect(details != EventDetails())
            #expect(try Event(Sallyport_V1_Event(event)) == event)
        }
    }

    @Test func `An event without details carries no message of them`() throws {
        #expect(!Sallyport_V1_Event(Samples.event(1)).hasDetails)
        #expect(try Event(Sallyport_V1_Event(Samples.event(1))).details == EventDetails())
    }

    @Test func `What a later version knows of accesses, mappings and areas doesn't hide the event`() throws {
        var message = Sallyport_V1_EventDetails(Samples.details)
        message.access = [.UNRECOGNIZED(99), .attach]
        message.mappings = [.UNRECOGNIZED(99), .heap]
        message.area = .UNRECOGNIZED(99)
        let details = try EventDetails(message)
        #expect(details.access == [.attach])
        #expect(details.mappings == [.heap])
        #expect(details.area == .other)
    }

    @Test(arguments: [65, UInt32.max])
    func `A signal that no signal is isn't an event's`(number: UInt32) {
        var message = Sallyport_V1_EventDetails(Samples.details)
        message.signal = number
        #expect(
            throws: ValueError.invalid(
                field: "event.details.signal", reason: "is \(number); signals are numbered up to 64")
        ) { try EventDetails(message) }
    }

    @Test func `An unknown reason never makes a target resolvable`() {
        var message = Sallyport_V1_EventDetails(Samples.details)
        message.target.unresolvable = .UNRECOGNIZED(99)
        #expect(throws: ValueError.unknown(field: "unresolvable", value: 99)) { try EventDetails(message) }
    }
}
