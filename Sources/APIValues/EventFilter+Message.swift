// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_WatchRequest {
    package init(_ filter: EventFilter) {
        self.init()
        // A client asks for all operations that it knows by name: what a later platform adds it couldn't read.
        operations = Operation.allCases
            .filter { filter.operations.isEmpty || filter.operations.contains($0) }
            .map(Sallyport_V1_Operation.init)
        deniedOnly = filter.deniedOnly
        mutes = filter.mutes.map(Sallyport_V1_Mute.init)
        inverted = EventMute.Kind.allCases.filter(filter.inverted.contains).map(Sallyport_V1_MuteKind.init)
        snapshot = filter.snapshot
    }
}

extension EventFilter {
    package init(_ message: Sallyport_V1_WatchRequest) throws(ValueError) {
        var operations: Set<Operation> = []
        for operation in message.operations { operations.insert(try Operation(operation)) }
        var mutes: Set<EventMute> = []
        for mute in message.mutes { mutes.insert(try EventMute(mute)) }
        var inverted: Set<EventMute.Kind> = []
        for kind in message.inverted { inverted.insert(try EventMute.Kind(kind)) }
        self.init(
            operations: operations, deniedOnly: message.deniedOnly, mutes: mutes, inverted: inverted,
            snapshot: message.snapshot)
    }
}
